"""The port of metrics: by what answers are judged. Each file in ``evaluation/metrics`` is one, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edgekit.system import registry

if TYPE_CHECKING:
    from edgekit.contract.batch import Batch
    from edgekit.contract.contract import Contract
    from edgekit.data.npy import Rows
    from edgekit.data.samples import Samples
    from edgekit.documents.document import Verdict
    from edgekit.documents.parity import GateReport, TaskScores
    from edgekit.recipe.recipe import ParityRecipe

KIND = "evaluation.metrics"


class Unit(Enum):
    """How a score is written."""

    SHARE = "share"
    """Of the samples or of a spread: in percent, its drop in points."""
    DECIBEL = "dB"
    NUMBER = "number"


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How a metric is written wherever people read it.

    Attributes:
        name: In a terminal and in the names of gates.
        title: In a report.
        unit: Of its scores.
        drop: What the gate is called that limits its drop; None: original and artifact have no scores of their own,
            and the share of samples that agree is judged.
        change: What a drop is called: an error grows.
        agrees: When a sample agrees, in a few words; None: from the threshold on.
        columns: What the columns of a run hold; ``{threshold}`` stands for the threshold.
        has_median: Whether a median of similarities says anything.
        sentence: Says what original and artifact score, for a model card; None: they have no scores of their own.
    """

    name: str
    title: str
    unit: Unit
    drop: str | None = None
    change: str = "drop"
    agrees: str | None = None
    columns: str = "score, drop and agreement in %"
    has_median: bool = True
    sentence: Callable[[TaskScores, int], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """From which similarity on a sample agrees.

    Attributes:
        default: Where a rule states none.
        greatest: That a similarity can be; None: it has no end.
    """

    default: float
    greatest: float | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a metric is asked to judge.

    Attributes:
        contract: The original's.
        samples: All samples.
        answers: The original's answers to them, by output.
        outputs: By the names of tasks, the output that holds their answers; tasks without one are left out.
        rule: Limit, threshold and confidence.
    """

    contract: Contract
    samples: Samples
    answers: Mapping[str, Rows]
    outputs: Mapping[str, str]
    rule: ParityRecipe


class Differences(NamedTuple):
    """How far the two answers to each sample of a batch are apart.

    Attributes:
        distances: From 0.0, which is no difference, ``[n]``.
        changed: Whether the answer is another one ``[n]``.
        reference: The original's scores or values ``[n, size]``; None: what is compared has no words.
        candidate: The artifact's.
        similarities: Of the worst output ``[n]``, where similarity is judged.
    """

    distances: NDArray[np.float64]
    changed: NDArray[np.bool_]
    reference: NDArray[Any] | None = None
    candidate: NDArray[Any] | None = None
    similarities: NDArray[np.float64] | None = None


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A limit and what was measured against it.

    Attributes:
        name: What is limited.
        limit: The limit.
        value: What was measured.
        interval: Its interval.
        verdict: What the interval says of the limit.
        message: The same in a sentence.
        needed_samples: How many would decide; None: it is decided, or no number would.
    """

    name: str
    limit: float
    value: float
    interval: tuple[float, float]
    verdict: Verdict
    message: str
    needed_samples: int | None = None

    def to_report(self) -> GateReport:
        """Return the gate as a part of a report."""
        from edgekit.documents.parity import GateReport  # msgspec, which answering needs not

        low, high = self.interval
        return GateReport(
            name=self.name,
            limit=self.limit,
            value=finite_or_none(self.value),
            interval=(finite_or_none(low), finite_or_none(high)),
            verdict=self.verdict,
        )


class Ruling(NamedTuple):
    """What a metric makes of all that was counted.

    Attributes:
        gates: One for each output that is judged.
        scores: What original and artifact score; of several outputs, those of the worst.
        warnings: What makes the verdict worth less than it looks.
    """

    gates: list[Gate]
    scores: TaskScores
    warnings: list[str]


class Evidence(Protocol):
    """What was counted of some samples: plain numbers, which travel from process to process."""

    def merge(self, other: Any) -> None:
        """Add what was counted of other samples by the same measure."""
        ...


class Collector(Protocol):
    """Compares answers in one process, batch by batch, so that memory stays flat."""

    evidence: Evidence
    """What was counted so far."""

    def add(self, start: int, reference: Batch, candidate: Batch) -> Differences:
        """Count the answers to some samples, the first of which is number ``start``."""
        ...


class Measure(Protocol):
    """A metric that is fitted to a model and its samples: a frozen value, sent to the processes that compare."""

    @property
    def metric(self) -> str:
        """Name of the metric."""
        ...

    @property
    def task(self) -> str | None:
        """Name of the task whose answers are compared; None: they are numbers without words."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs that are judged."""
        ...

    @property
    def threshold(self) -> float | None:
        """Similarity from which on a sample agrees; None: there is no similarity."""
        ...

    def collector(self, samples: Samples, answers: Mapping[str, Rows]) -> Collector:
        """Return what compares an artifact's answers with the original's."""
        ...

    def ruling(self, evidence: Any, question: Question) -> Ruling:
        """Return the gates, the scores and the warnings that follow from what was counted of all samples."""
        ...


class Metric(Protocol):
    """What each file in ``evaluation/metrics`` offers."""

    NOTATION: Notation
    """How it is written."""
    THRESHOLD: Threshold | None
    """Of a similarity; None: it has none."""
    TASK: str | None
    """The task that it is for; None: it is for several, or for any output."""
    ALL_OUTPUTS: bool
    """Whether it judges all outputs of a model, whatever they are."""

    def fit(self, question: Question) -> Measure:
        """Prepare to judge a model's answers to samples.

        Raises:
            DataError: The metric needs classes, labels, targets, vectors or pictures that are not there.
        """
        ...


def metric_names() -> list[str]:
    """Return the names of all metrics."""
    return registry.names(KIND)


def load_metric(name: str) -> Metric:
    """Import a metric.

    Raises:
        EdgekitError: There is none of that name.
    """
    metric: Metric = registry.load(KIND, name)
    return metric


def similarity_metrics() -> list[str]:
    """Return the names of the metrics that need no classes, labels or targets."""
    return [name for name in metric_names() if load_metric(name).THRESHOLD is not None]


def finite_or_none(value: float) -> float | None:
    """Return a number as JSON has it, which knows no infinity."""
    return value if np.isfinite(value) else None
