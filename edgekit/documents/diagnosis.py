"""What ``edgekit debug --json`` prints: where in an artifact the error enters."""

from __future__ import annotations

from edgekit.documents.document import Document


class Stage(Document, frozen=True, kw_only=True):
    """What one stage does to the answers.

    Attributes:
        stage: ``float conversion``, ``quantization`` or ``delegate``.
        sqnr_db: Ratio of the signal to the noise that it adds, in dB; null: no noise.
    """

    stage: str
    sqnr_db: float | None


class Operator(Document, frozen=True, kw_only=True):
    """One operator of the model and its counterpart in the artifact.

    Attributes:
        index: Its place in the float file.
        op: Its type.
        name: Its name: that of its first output.
        part: ``head`` or ``module``.
        alone_db: Signal-to-noise ratio of its output where both get the same inputs; null: no noise.
        accumulated_db: The same where each gets what its own model computes.
        compared: Whether both could be run alone on the same inputs; if not, no number of it is known.
        low: The smallest value that the float operator gives; null where it was not compared.
        high: The largest.
        used: The part of the artifact's range that these values fill, from 0 to 1; above 1 it is too narrow; null
            where it has none.
        saturated: Share of the values that lie outside the artifact's range; null where it has none.
    """

    index: int
    op: str
    name: str
    part: str
    alone_db: float | None
    accumulated_db: float | None
    compared: bool
    low: float | None
    high: float | None
    used: float | None
    saturated: float | None

    @property
    def short(self) -> str:
        """The first of the names that were fused."""
        return self.name.partition(";")[0]


class Diagnosis(Document, frozen=True, kw_only=True):
    """Where the error of an artifact enters.

    Attributes:
        variant: The artifact.
        samples: Number of samples that it was measured on.
        stages: Float conversion, quantization, delegate, in their order.
        stage: The one that adds most; null: no stage adds any worth a search.
        measured_at: The tensor whose error is meant.
        operators: All operators of the model, the worst alone first.
        culprits: Those that were confirmed: put right, they take the error with them.
        sqnr_db: Of the artifact, at that tensor, in dB; null: no noise.
        healthy_db: Of the same model quantized anew from these samples.
        restored_db: Of the artifact with its culprits put right.
        evaluations: How many models were run over all samples.
        message: The diagnosis in a sentence.
        reproducer: Folder with the worst culprit alone and its inputs.
        overlay: File with the error of each operator for Model Explorer.
        drift: File with a drawing of the errors along the model; null where matplotlib is not installed.
        report: Report of the run that the artifact is of, which shows this; null: it is of none.
    """

    variant: str
    samples: int
    stages: tuple[Stage, ...]
    stage: str | None
    measured_at: str
    operators: tuple[Operator, ...]
    culprits: tuple[Operator, ...] = ()
    sqnr_db: float | None = None
    healthy_db: float | None = None
    restored_db: float | None = None
    evaluations: int = 0
    message: str = ""
    reproducer: str | None = None
    overlay: str | None = None
    drift: str | None = None
    report: str | None = None
