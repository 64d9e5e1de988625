"""What ``report.json`` holds and ``edgekit run --json`` prints: a recipe's model, artifacts, verdicts and times."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType, field

from edgekit.documents.bench import LatencySummary
from edgekit.documents.delegation import Delegation
from edgekit.documents.diagnosis import Diagnosis
from edgekit.documents.document import Document, Verdict
from edgekit.documents.parity import ParityReport, TaskScores
from edgekit.documents.plan import PlanReport
from edgekit.documents.weights import WeightFacts
from edgekit.system.files import JsonObject

ContractJson = JsonObject
"""A contract as `edgekit.contract.contract` writes it: what stands of an input depends on its medium."""


class TrainingRecord(Document, frozen=True, kw_only=True):
    """How a model was trained.

    Attributes:
        epochs: Number of epochs.
        best_epoch: That whose weights were kept, from 1 on.
        history: What was measured after each epoch.
        seconds: How long it took.
    """

    epochs: int
    best_epoch: int | None
    history: tuple[dict[str, str | int | float | None], ...]
    seconds: float | None


class ModelEntry(Document, frozen=True, kw_only=True):
    """The original of a run.

    Attributes:
        path: Its folder.
        digest: Digest of its files and its contract.
        bytes: Size of its files.
        contract: What it takes and gives.
        training: How it was trained; null: it was not trained here.
    """

    path: str
    digest: str | None
    bytes: int | None
    contract: ContractJson | None
    training: TrainingRecord | None


class DataEntry(Document, frozen=True, kw_only=True):
    """The samples of a run.

    Attributes:
        train: Number of samples that trained; null: none did.
        held_out: Number of samples that judge.
        held_out_role: ``validation`` or ``test``.
        classes: Names of the classes.
        skipped: What was passed over, and why.
        contradictory: Number of samples with the content of others of another class.
        note: What makes the scores worth less than they look.
    """

    train: int | None
    held_out: int
    held_out_role: str | None
    classes: tuple[str, ...] | None
    skipped: tuple[str, ...] = ()
    contradictory: int = 0
    note: str | None = None


class ParityRule(Document, frozen=True, kw_only=True):
    """What a run judges by.

    Attributes:
        metric: What is counted; null: nothing was judged.
        max_drop: Limit of the drop, or of the share of samples that do not agree.
        threshold: Similarity from which on a sample agrees; null for scores.
        confidence: Of the intervals.
    """

    metric: str | None
    max_drop: float | None
    threshold: float | None
    confidence: float | None


class CurvePoint(Document, frozen=True, kw_only=True):
    """One point of a calibration curve.

    Attributes:
        samples: Number of samples that calibrated.
        sqnr_db: Of the worst output, against the float file's answers, in dB; null: no noise.
    """

    samples: int
    sqnr_db: float | None


class CalibrationCurve(Document, frozen=True, kw_only=True):
    """What more calibration samples give.

    Attributes:
        variant: The variant that was calibrated.
        method: How.
        judges: Number of other samples that each point was measured on.
        points: From few calibration samples to many.
    """

    variant: str
    method: str
    judges: int
    points: tuple[CurvePoint, ...]


class OverrideEntry(Document, frozen=True, kw_only=True):
    """Operators that were quantized less.

    Attributes:
        pattern: Of their names.
        precision: What they have.
    """

    pattern: str
    precision: str


class HostLatency(Document, frozen=True, kw_only=True):
    """How long an artifact took where the run ran.

    Attributes:
        p50: The median, in milliseconds.
        p90: The 90th percentile.
        p99: The 99th percentile.
        threads: Threads of the runtime.
        runs: Number of runs that count.
        runtime: What ran it.
        measured_on: The machine in words.
    """

    p50: float | None
    p90: float | None
    p99: float | None = None
    threads: int
    runs: int
    runtime: str | None = None
    measured_on: str | None


class DeviceParity(Document, frozen=True, kw_only=True):
    """What parity found on a device; attributes as those of `ParityReport`."""

    verdict: Verdict
    message: str
    samples: int
    task: TaskScores | None


class DeviceLatency(Document, frozen=True, kw_only=True):
    """What bench measured on a device; attributes as those of `BenchReport`."""

    latency_ms: LatencySummary
    threads: int
    runs: int
    load_ms: float
    first_ms: float
    peak_rss_bytes: int | None
    delegation: Delegation | None
    measured_on: str


class DeviceEntry(Document, frozen=True, kw_only=True):
    """What an artifact gave on a device, by commands after the run.

    Attributes:
        device: Where.
        runtime: What ran it.
        delegate: What accelerated it; null: the CPU ran it.
        parity: What parity found; null: it was not asked.
        latency: What bench measured; null: it was not asked.
    """

    device: str
    runtime: str | None
    delegate: str | None
    parity: DeviceParity | None
    latency: DeviceLatency | None


class ArtifactEntry(Document, frozen=True, kw_only=True):
    """One variant of a run, built or not.

    Attributes:
        variant: Its spelling.
        path: Its folder; null: it was not built.
        bytes: Size of the model file and its front end.
        sha256: Digest of the model file, in hexadecimal.
        status: ``built`` or ``failed``.
        error: Why it could not be built.
        made_by: The converter.
        rounding: How its weights became integers.
        weights: What was counted in its file.
        overrides: Operators that were quantized less; ``except`` in JSON.
        seconds: How long building took.
        parity: Original against artifact; null: it was not compared.
        latency: How long it takes where the run ran; null: it was not measured.
        latency_error: Why it could not be measured.
        contract: What it takes and gives.
        not_in_metadata: What the file's public metadata cannot say of its contract.
        debug: What ``edgekit debug`` found later; null: it was not asked.
        plans: What ``edgekit plan`` found later, by the delegates' names.
        devices: What devices gave later.
    """

    variant: str
    path: str | None
    bytes: int | None
    sha256: str | None
    status: Literal["built", "failed"]
    error: str | None
    made_by: str | None
    rounding: str | None = None
    weights: WeightFacts | None = None
    overrides: tuple[OverrideEntry, ...] = field(name="except", default=())
    seconds: float | None
    parity: ParityReport | None
    latency: HostLatency | None
    latency_error: str | UnsetType = UNSET
    contract: ContractJson | None = None
    not_in_metadata: tuple[str, ...] = ()
    debug: Diagnosis | None = None
    plans: tuple[PlanReport, ...] = ()
    devices: tuple[DeviceEntry, ...] = ()

    @property
    def task(self) -> TaskScores | None:
        """What original and artifact score; None where nothing was compared or judged."""
        return None if self.parity is None else self.parity.task


class RunReport(Document, frozen=True, kw_only=True):
    """What became of a recipe.

    Attributes:
        schema: Number of this format.
        name: The recipe's name.
        verdict: The worst verdict; a variant that could not be built is a failure.
        command: What was typed.
        report: The page.
        model: The original.
        data: The samples.
        parity: What was judged by.
        calibration: What more calibration samples give; null where no variant is calibrated.
        methods: The statistics, with their sources.
        versions: Of the tools.
        measured_on: The machine in words.
        artifacts: Each variant.
    """

    schema: int
    name: str
    verdict: Verdict | None
    command: str | None = None
    report: str
    model: ModelEntry | None
    data: DataEntry | None
    parity: ParityRule | None
    calibration: CalibrationCurve | None = None
    methods: tuple[str, ...] | None
    versions: dict[str, str] | None
    measured_on: str | None
    artifacts: tuple[ArtifactEntry, ...]
