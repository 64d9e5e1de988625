"""What ``edgekit parity --json`` prints: original against artifact on the same raw inputs, and a verdict."""

from __future__ import annotations

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from edgekit.documents.delegation import Delegation
from edgekit.documents.document import Document, Interval, OpenInterval, Verdict


class ScorePair(Document, frozen=True, kw_only=True):
    """A score of the original beside the artifact's.

    Attributes:
        reference: The original's.
        candidate: The artifact's.
    """

    reference: float
    candidate: float


class Slice(Document, frozen=True, kw_only=True):
    """What became of the samples of one class, one size, or one value of a column of the data.

    Attributes:
        by: ``class``, ``size``, or the column's name.
        value: Which class, size or value.
        samples: How many samples.
        reference: The original's accuracy on them.
        candidate: The artifact's.
        drop: Its drop.
        drop_interval: The drop's interval, corrected for the number of slices.
        right_to_wrong: How many samples only the original got right.
        wrong_to_right: How many only the artifact got right.
    """

    by: str
    value: str
    samples: int
    reference: float
    candidate: float
    drop: float
    drop_interval: Interval
    right_to_wrong: int
    wrong_to_right: int


class TaskScores(Document, frozen=True, kw_only=True):
    """What original and artifact score on the samples; what a metric does not have is null.

    Attributes:
        metric: What is counted: a metric's name.
        reference: The original's score; null without labels.
        reference_interval: Its interval.
        candidate: The artifact's score; of a similarity the median, null where it is infinite.
        candidate_interval: Its interval.
        least: Of a similarity, the smallest of all samples.
        drop: What the artifact loses against the original.
        drop_interval: Its interval, of paired samples.
        output: The output that is judged.
        threshold: Similarity from which on a sample agrees; null for scores.
        tolerance: Of values, by how many standard deviations of the targets an answer may move and still agree.
        agreement: Share of the samples with the same answer.
        agreement_interval: Its interval.
        right_to_wrong: How many samples only the original got right.
        wrong_to_right: How many only the artifact got right.
        slices: What became of parts of the samples, that with the greatest drop first.
        slice_confidence: Confidence of each slice's interval, so that all hold together.
        calibration_error: Expected calibration error of the scores.
        f1_micro: F1 over all labels together.
        f1_macro: Mean of each label's F1.
        f1: F1 of each label.
    """

    metric: str
    reference: float | None
    reference_interval: OpenInterval | None
    candidate: float | None
    candidate_interval: OpenInterval | None
    least: float | UnsetType | None = UNSET
    drop: float | None
    drop_interval: OpenInterval | None
    output: str
    threshold: float | None
    tolerance: float | UnsetType = UNSET
    agreement: float
    agreement_interval: Interval
    right_to_wrong: int | None
    wrong_to_right: int | None
    slices: tuple[Slice, ...] | UnsetType = UNSET
    slice_confidence: float | UnsetType | None = UNSET
    calibration_error: ScorePair | UnsetType | None = UNSET
    f1_micro: ScorePair | UnsetType = UNSET
    f1_macro: ScorePair | UnsetType = UNSET
    f1: dict[str, ScorePair] | UnsetType = UNSET


class GateReport(Document, frozen=True, kw_only=True):
    """A limit and what was measured against it.

    Attributes:
        name: What is limited.
        limit: The limit.
        value: What was measured; null where it is infinite.
        interval: Its interval.
        verdict: What the interval says of the limit.
    """

    name: str
    limit: float | None
    value: float | None
    interval: OpenInterval | None
    verdict: Verdict


class Histogram(Document, frozen=True, kw_only=True):
    """How absolute errors are spread.

    Attributes:
        edges: Edges of the bins, in the output's own unit.
        counts: How many values lie in each bin.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class OutputErrors(Document, frozen=True, kw_only=True):
    """Errors of one output over all samples; all null where no sample was finite on both sides.

    Attributes:
        max_abs: Greatest absolute error, in the output's own unit.
        mean_abs: Mean absolute error.
        rmse: Root mean square error.
        sqnr_db: Signal to quantization noise ratio in dB; null where there is no error at all, or no signal.
        cosine_min: The least cosine of a sample's answers.
        histogram: How the absolute errors are spread.
    """

    max_abs: float | None
    mean_abs: float | None
    rmse: float | None
    sqnr_db: float | None
    cosine_min: float | None
    histogram: Histogram | None


class Answer(Document, frozen=True, kw_only=True):
    """What a model said of a sample.

    Attributes:
        label: In words: a class, labels, or values.
        score: How sure it is of it, or how alike it is.
    """

    label: str | None
    score: float | None


class WorstSample(Document, frozen=True, kw_only=True):
    """A sample on which original and artifact differ.

    Attributes:
        sample: Its name.
        label: The true answer; null where it is not known.
        reference: What the original said.
        candidate: What the artifact said.
        distance: How far their answers lie apart.
        changed: Whether the answer is another one.
        picture: The sample as a data URL, where it is a photo; only in a report.
        text: The sample, where it is a sentence.
        sound: The sample as a data URL, where it is a sound; only in a report.
    """

    sample: str
    label: str | None
    reference: Answer
    candidate: Answer
    distance: float | None
    changed: bool | UnsetType = UNSET
    picture: str | UnsetType | None = UNSET
    text: str | None = None
    sound: str | UnsetType | None = UNSET


class ParityReport(Document, frozen=True, kw_only=True):
    """Original against artifact on the same raw inputs.

    Attributes:
        verdict: The worst of the gates' verdicts.
        message: The verdict in a sentence.
        samples: Number of samples that both were asked.
        needed_samples: How many would decide what is inconclusive; null where none is known to.
        left_out: How many samples were left out, since they trained the model or calibrated the artifact.
        warnings: What makes the verdict worth less than it looks.
        variant: The artifact.
        runtime: What ran it; null where it could not be run.
        device: Where.
        delegate: What accelerated it; null: the CPU ran it.
        delegation: What the delegate ran of it.
        outputs: Errors by output.
        task: Scores; null where nothing is judged.
        gates: Limits, and what was measured against them.
        worst: The samples whose answers differ most.
        against: The older release that took the original's place.
    """

    verdict: Verdict
    message: str
    samples: int
    needed_samples: int | None
    left_out: int = 0
    warnings: tuple[str, ...] = ()
    variant: str
    runtime: str | None
    device: str
    delegate: str | None
    delegation: Delegation | None = None
    outputs: dict[str, OutputErrors]
    task: TaskScores | None
    gates: tuple[GateReport, ...]
    worst: tuple[WorstSample, ...]
    against: str | UnsetType = UNSET

    def without_media(self) -> ParityReport:
        """Return the report as commands print it: without pictures and sounds, which are long."""
        return replace(self, worst=tuple(replace(entry, picture=UNSET, sound=UNSET) for entry in self.worst))


class FailedComparison(Document, frozen=True, kw_only=True):
    """A model that could not be compared.

    Attributes:
        artifact: Its path, as it was named.
        device: Where it was to run.
        error: Why it did not.
    """

    artifact: str
    device: str
    error: str


class ArtifactComparison(ParityReport, frozen=True, kw_only=True):
    """What one of several models gave; the other keys are as those of a parity report.

    Attributes:
        artifact: Its path, as it was named.
    """

    artifact: str


class ComparisonsReport(Document, frozen=True, kw_only=True):
    """Several models, each compared with the same original, which was asked once.

    Attributes:
        comparisons: In the order in which the models were named; of each, in the order of the devices.
        failures: Those that could not be compared, likewise.
    """

    comparisons: tuple[ArtifactComparison, ...]
    failures: tuple[FailedComparison, ...] = ()
