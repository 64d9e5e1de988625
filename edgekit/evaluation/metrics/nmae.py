"""Mean absolute error of values, each in standard deviations of its targets: it is better when low."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.metric import Differences, Gate, Notation, Question, Ruling, Unit, finite_or_none
from edgekit.contract.batch import Batch
from edgekit.data.npy import Rows
from edgekit.data.samples import Samples
from edgekit.data.target_outputs import targets_of
from edgekit.data.targets import VALUE_COLUMN, VALUES, spreads
from edgekit.documents.document import OpenInterval
from edgekit.documents.parity import TaskScores
from edgekit.errors import DataError
from edgekit.evaluation.gates import loss_gate
from edgekit.evaluation.intervals import Interval, mean_interval, wilson_interval
from edgekit.evaluation.output_error import finite_rows


def sentence(scores: TaskScores, samples: int) -> str:
    """Say what original and artifact score, for a model card."""
    assert scores.candidate_interval is not None, "of a mean there is always one"
    low, high = ("unbounded" if end is None else f"{end:.3g}" for end in scores.candidate_interval)
    return (
        f"The mean absolute error of the original's values is {scores.reference:.3g} standard deviations of the "
        f"targets on {samples} held-out samples, this model's {scores.candidate:.3g} (interval {low} to "
        f"{high})."
    )


DROP = "error increase"
NOTATION = Notation(
    name="NMAE",
    title="error / spread",
    unit=Unit.SHARE,
    drop=DROP,
    change="growth",
    columns="score: mean error in % of the targets' spread, drop: what it grows by, agree in %",
    sentence=sentence,
)
THRESHOLD = None
TASK = "regression"
ALL_OUTPUTS = False


@dataclass
class PairedErrors:
    """Errors of original and artifact on the same samples.

    Attributes:
        errors: By the number of a first sample, the absolute errors ``[n, 2]``, each the mean over all values in
            standard deviations of their targets.
        agree: Samples whose values moved by no more than is tolerated.
    """

    errors: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    agree: int = 0

    def merge(self, other: PairedErrors) -> None:
        """Add those of other samples."""
        self.errors |= other.errors
        self.agree += other.agree

    def all(self) -> NDArray[np.float64]:
        """Return those of all samples ``[n, 2]``, in their order."""
        return np.concatenate([self.errors[start] for start in sorted(self.errors)])


@dataclass(frozen=True, kw_only=True)
class PairedError:
    """Compares the errors of values.

    Attributes:
        output: Where the values are.
        spreads: The standard deviation of each target.
        tolerance: By how many of them an answer may move and still agree.
    """

    output: str
    spreads: tuple[float, ...]
    tolerance: float

    @property
    def metric(self) -> str:
        """Its name."""
        return "nmae"

    @property
    def task(self) -> str | None:
        """That of values."""
        return TASK

    @property
    def outputs(self) -> tuple[str, ...]:
        """The one output."""
        return (self.output,)

    @property
    def threshold(self) -> float | None:
        """None: the tolerance follows from the limit."""
        return None

    def collector(self, samples: Samples, answers: Mapping[str, Rows]) -> ErrorCollector:  # noqa: ARG002 - no gallery
        """Return what measures errors."""
        return ErrorCollector(self, samples)

    def ruling(self, evidence: PairedErrors, question: Question) -> Ruling:
        """Judge by how much the mean error grows."""
        rule, errors = question.rule, evidence.all()
        gate = increase_gate(errors, max_drop=rule.max_drop, confidence=rule.confidence)
        return Ruling(gates=[gate], scores=self._scores(errors, evidence.agree, rule.confidence), warnings=[])

    def _scores(self, errors: NDArray[np.float64], agree: int, confidence: float) -> TaskScores:
        reference, candidate, drop = errors[:, 0], errors[:, 1], errors[:, 1] - errors[:, 0]
        return TaskScores(
            metric=self.metric,
            output=self.output,
            threshold=None,
            tolerance=self.tolerance,
            reference=_mean(reference),
            reference_interval=_open_interval(reference, confidence),
            candidate=_mean(candidate),
            candidate_interval=_open_interval(candidate, confidence),
            drop=_mean(drop),
            drop_interval=_open_interval(drop, confidence),
            agreement=agree / len(errors),
            agreement_interval=wilson_interval(agree, len(errors), confidence),
            right_to_wrong=None,
            wrong_to_right=None,
        )


def _mean(values: NDArray[np.float64]) -> float | None:
    return finite_or_none(float(values.mean()))


def _open_interval(values: NDArray[np.float64], confidence: float) -> OpenInterval:
    low, high = mean_interval(values, confidence)
    return finite_or_none(low), finite_or_none(high)


class ErrorCollector:
    """Measures the errors of an artifact's values, batch by batch.

    Attributes:
        measure: What is measured.
        samples: All samples, which have targets.
        evidence: The errors so far.
    """

    def __init__(self, measure: PairedError, samples: Samples) -> None:
        assert samples.targets is not None, "the measure needs them"
        self.measure, self.targets = measure, samples.targets
        self.evidence = PairedErrors()

    def add(self, start: int, reference: Batch, candidate: Batch) -> Differences:
        """Keep errors in standard deviations of their targets; NaN counts as zero here, and is judged apart."""
        before, after = reference[self.measure.output], candidate[self.measure.output]
        finite = finite_rows(after)
        after = np.nan_to_num(after)
        spread = np.array(self.measure.spreads)
        truth = self.targets.array(start, start + len(before))
        errors = [(np.abs(side.astype(np.float64) - truth) / spread).mean(1) for side in (before, after)]
        self.evidence.errors[start] = np.stack(errors, 1)
        moved = (np.abs(before.astype(np.float64) - after) / spread).max(1)
        same = (moved <= self.measure.tolerance) & finite
        self.evidence.agree += int(same.sum())
        return Differences(distances=moved, changed=~same, reference=before, candidate=after)


def increase_gate(errors: NDArray[np.float64], *, max_drop: float, confidence: float) -> Gate:
    """Judge by how much the mean of paired errors ``[n, 2]``, of original and artifact, grows."""
    growth = errors[:, 1] - errors[:, 0]
    low, high = mean_interval(growth, confidence)
    centre, count = float(growth.mean()), len(growth)

    def interval_at(samples: float) -> Interval:
        if samples == count:
            return low, high
        # The half-width of a mean's interval shrinks by the root of the number of samples.
        shrinkage = math.sqrt(count / samples)
        return centre + (low - centre) * shrinkage, centre + (high - centre) * shrinkage

    return loss_gate(
        DROP,
        value=centre,
        limit=max_drop,
        samples=count,
        interval_at=interval_at,
        open_end=not math.isfinite(high),
    )


def fit(question: Question) -> PairedError:
    """Judge the output that has values."""
    output, targets = question.outputs.get(TASK), targets_of(question.samples, VALUES)
    if output is None or targets is None:
        raise DataError(f"metric 'nmae' needs a model with one output of values, and data with a column {VALUE_COLUMN}")
    return PairedError(output=output, spreads=spreads(targets), tolerance=question.rule.max_drop)
