"""Tallies: what an artifact's answers show against the original's, counted batch by batch so that memory stays flat."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import meaning_of
from edgekit.contract.contract import Contract
from edgekit.data.samples import Samples
from edgekit.data.targets import APPLIES
from edgekit.documents.delegation import Delegation
from edgekit.errors import DataError
from edgekit.evaluation.calibration_error import Confidences
from edgekit.evaluation.metrics import Measure, Similarities, distances
from edgekit.evaluation.output_error import OutputError
from edgekit.evaluation.reference import Answers
from edgekit.evaluation.slices import CANDIDATE_RIGHT, REFERENCE_RIGHT

Array = NDArray[Any]
Batch = Mapping[str, Array]
Row = Callable[[int], "Disagreement"]
WORST_KEPT = 8
NEAR = 0.05
"""By how much the rounding of scores may carry a probability out of 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A sample and how far the two answers to it are apart.

    Attributes:
        index: Number of the sample.
        distance: Half the L1 distance of the scores of classes, the largest difference of labels' scores, or of values
            in standard deviations; else how far the similarity is from perfect, or, where nothing is judged, the
            largest error.
        flipped: Whether the class or a label changed, or a value by more than is tolerated.
        reference: The original's scores or values, where they are judged.
        candidate: The artifact's.
        similarity: Where similarity is judged, that of its worst output.
    """

    index: int
    distance: float
    flipped: bool
    reference: tuple[float, ...] | None = None
    candidate: tuple[float, ...] | None = None
    similarity: float | None = None

    def rank(self) -> tuple[bool, float, int]:
        """Return the order of interest: changed answers first, then the farthest apart."""
        return self.flipped, self.distance, -self.index


@dataclass
class InputUse:
    """How the values of one input lie in the range that calibration saw of it."""

    values: int = 0
    outside: int = 0
    low: float = math.inf
    high: float = -math.inf

    def merge(self, other: InputUse) -> None:
        """Add another shard."""
        self.values, self.outside = self.values + other.values, self.outside + other.outside
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)


@dataclass
class Comparison:
    """What one shard of samples showed; shards are merged.

    Attributes:
        outside: Samples with scores that are no probabilities, where the original's are.
        value_errors: By the number of a first sample, the absolute errors of original and artifact ``[n, 2]``, each the
            mean over all values in standard deviations of their targets.
        label_counts: For each side and label, how often it was rightly said, wrongly said, missed ``[2, 3, labels]``.
    """

    samples: int = 0
    agree: int = 0
    both: int = 0
    lost: int = 0
    won: int = 0
    not_finite: int = 0
    outside: int = 0
    errors: dict[str, OutputError] = field(default_factory=dict)
    similarities: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    worst: list[Disagreement] = field(default_factory=list)
    runtime: str = ""
    delegation: Delegation | None = None
    fallback: str | None = None
    differences: list[str] | None = None
    inputs: dict[str, InputUse] = field(default_factory=dict)
    outcomes: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    value_errors: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    label_counts: NDArray[np.int64] | None = None
    confidences: tuple[Confidences, Confidences] = field(default_factory=lambda: (Confidences(), Confidences()))

    def merge(self, other: Comparison) -> None:
        """Add another shard."""
        for name in ("samples", "agree", "both", "lost", "won", "not_finite", "outside"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, error in other.errors.items():
            self.errors.setdefault(name, OutputError()).merge(error)
        for name, values in other.similarities.items():
            self.similarities.setdefault(name, []).extend(values)
        for name, use in other.inputs.items():
            self.inputs.setdefault(name, InputUse()).merge(use)
        self.worst = heapq.nlargest(WORST_KEPT, [*self.worst, *other.worst], key=Disagreement.rank)
        self.runtime, self.delegation, self.fallback = other.runtime, other.delegation, other.fallback
        self.differences = other.differences
        self.outcomes |= other.outcomes
        self.value_errors |= other.value_errors
        if other.label_counts is not None:
            self.label_counts = other.label_counts + (0 if self.label_counts is None else self.label_counts)
        for mine, theirs in zip(self.confidences, other.confidences, strict=True):
            mine.merge(theirs)

    def outcome(self) -> NDArray[np.uint8]:
        """Return for each sample who was right, as `edgekit.evaluation.slices` reads it."""
        return np.concatenate([self.outcomes[start] for start in sorted(self.outcomes)])


class Tally:
    """Counts what an artifact's answers show against the original's.

    Attributes:
        contract: The original's.
        samples: All samples.
        answers: The original's answers to them.
        measure: What is judged; None: errors are measured, and nothing is judged.
        made: What was counted so far.
    """

    def __init__(self, contract: Contract, samples: Samples, answers: Answers, measure: Measure | None) -> None:
        self.contract, self.samples, self.answers, self.measure = contract, samples, answers, measure
        self.made = Comparison()
        alike = measure is not None and measure.threshold is not None
        self._similarities = Similarities(measure, answers) if measure is not None and alike else None

    def add_inputs(self, read: Batch, ranges: Mapping[str, tuple[float, float]]) -> None:
        """Count values of inputs that lie beyond what calibration saw by more than a step of int8."""
        for name, (low, high) in ranges.items():
            values = read[name]
            step = (max(high, 0.0) - min(low, 0.0)) / 255
            outside = int(((values < low - step) | (values > high + step)).sum())
            use = InputUse(
                values=values.size, outside=outside, low=float(values.min(initial=math.inf)),
                high=float(values.max(initial=-math.inf)),
            )  # fmt: skip
            self.made.inputs.setdefault(name, InputUse()).merge(use)

    def add(self, start: int, candidate: Batch) -> None:
        """Count the answers to some samples, the first of which is ``start``."""
        reference = self.answers.read(start, start + len(next(iter(candidate.values()))))
        self._add_errors(reference, candidate)
        if self.measure is None:
            self._add_largest_errors(start, reference, candidate)
        elif self._similarities is not None:
            self._add_similarities(self._similarities, start, reference, candidate)
        else:
            (name,) = self.measure.outputs
            sides = reference[name], np.nan_to_num(candidate[name])
            finite = np.isfinite(candidate[name]).reshape(len(candidate[name]), -1).min(1).astype(bool)
            add = self._add_labels if self.measure.multilabel else self._add_classes
            (add if self.measure.counts else self._add_values)(start, *sides, finite)

    def _add_errors(self, reference: Batch, candidate: Batch) -> None:
        count = len(next(iter(reference.values())))
        finite = np.ones(count, bool)
        for name, expected in reference.items():
            if candidate[name].shape != expected.shape:
                raise DataError(
                    f"output {name!r}: the original gives {list(expected.shape[1:])} per sample, "
                    f"the artifact {list(candidate[name].shape[1:])}"
                )
            self.made.errors.setdefault(name, OutputError()).add(expected, candidate[name])
            finite &= np.isfinite(candidate[name].reshape(count, -1).astype(np.float64)).all(1)
        self.made.outside += int(self._outside(reference, candidate).sum())
        self.made.samples += count
        self.made.not_finite += int((~finite).sum())

    def _outside(self, reference: Batch, candidate: Batch) -> NDArray[np.bool_]:
        """Return in which samples the artifact gives what is no probability, and the original does."""
        found = np.zeros(len(next(iter(reference.values()))), bool)
        for spec in self.contract.outputs:
            if meaning_of(spec.meaning).probabilities:
                first, second = (
                    ((side[spec.name] < -NEAR) | (side[spec.name] > 1 + NEAR)).reshape(len(found), -1).any(1)
                    for side in (reference, candidate)
                )
                found |= second & ~first
        return found

    def _add_classes(self, start: int, before: Array, after: Array, finite: NDArray[np.bool_]) -> None:
        """Count right and equal classes; an answer with NaN in it is wrong, and equal to nothing."""
        first, second = before.argmax(1), np.where(finite, after.argmax(1), -1)
        same = first == second
        if self.samples.labels is not None:
            labels = np.asarray(self.samples.labels[start : start + len(first)])
            right = (first == labels), (second == labels)
            self._add_outcomes(start, *right)
            assert self.measure is not None, "classes are counted"
            if self.contract.output(self.measure.outputs[0]).meaning == "probabilities":
                for side, scores, good in zip(self.made.confidences, (before, after), right, strict=True):
                    side.add(scores.astype(np.float64), good)
        self._add_answers(start, before, after, same, apart=np.abs(before.astype(np.float64) - after).sum(1) / 2)

    def _add_labels(self, start: int, before: Array, after: Array, finite: NDArray[np.bool_]) -> None:
        """Count samples of which all labels are right, or the same as the original's."""
        first, second = before >= APPLIES, (after >= APPLIES) & finite[:, None]
        same: NDArray[np.bool_] = (first == second).all(1) & finite
        if self.samples.targets is not None:
            truth = self.samples.targets.array(start, start + len(first)) > 0
            right: list[NDArray[np.bool_]] = [(first == truth).all(1), (second == truth).all(1) & finite]
            self._add_outcomes(start, *right)
            counts = [
                [(said & truth).sum(0), (said & ~truth).sum(0), (~said & truth).sum(0)] for said in (first, second)
            ]
            found = np.array(counts, np.int64)
            self.made.label_counts = found if self.made.label_counts is None else self.made.label_counts + found
        self._add_answers(start, before, after, same, apart=np.abs(before.astype(np.float64) - after).max(1))

    def _add_values(self, start: int, before: Array, after: Array, finite: NDArray[np.bool_]) -> None:
        """Keep the errors of values, in standard deviations of their targets; NaN is judged apart."""
        assert self.measure is not None, "values are judged"
        assert self.samples.targets is not None, "the measure needs them"
        spreads = np.array(self.measure.spreads)
        truth = self.samples.targets.array(start, start + len(before))
        errors = [(np.abs(side.astype(np.float64) - truth) / spreads).mean(1) for side in (before, after)]
        self.made.value_errors[start] = np.stack(errors, 1)
        moved = (np.abs(before.astype(np.float64) - after) / spreads).max(1)
        same = (moved <= self.measure.tolerance) & finite
        self._add_answers(start, before, after, same, apart=moved)

    def _add_outcomes(self, start: int, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> None:
        """Count which answers of original and artifact are right."""
        self.made.both += int((before & after).sum())
        self.made.lost += int((before & ~after).sum())
        self.made.won += int((~before & after).sum())
        self.made.outcomes[start] = (before * REFERENCE_RIGHT + after * CANDIDATE_RIGHT).astype(np.uint8)

    def _add_answers(
        self, start: int, before: Array, after: Array, same: NDArray[np.bool_], apart: NDArray[np.float64]
    ) -> None:
        """Count answers that are the same, and keep those that are farthest apart, other answers first."""
        self.made.agree += int(same.sum())

        def entry(row: int) -> Disagreement:
            scores = [tuple(float(value) for value in side[row]) for side in (before, after)]
            return Disagreement(
                index=start + row, distance=float(apart[row]), flipped=not same[row], reference=scores[0],
                candidate=scores[1],
            )  # fmt: skip

        self._remember(apart + 1e6 * ~same, entry)

    def _add_similarities(self, similarities: Similarities, start: int, reference: Batch, candidate: Batch) -> None:
        worst = np.full(len(next(iter(reference.values()))), np.inf)
        for name in similarities.measure.outputs:
            values = similarities.of(name, start, reference[name], candidate[name])
            self.made.similarities.setdefault(name, []).append(values)
            worst = np.minimum(worst, values)
        apart = np.nan_to_num(distances(similarities.measure.metric, worst), posinf=np.finfo(float).max)
        self._remember(
            apart, lambda row: Disagreement(
                index=start + row, distance=float(apart[row]), flipped=False, similarity=float(worst[row])
            )
        )  # fmt: skip

    def _add_largest_errors(self, start: int, reference: Batch, candidate: Batch) -> None:
        count = len(next(iter(reference.values())))
        largest = np.zeros(count)
        for name, expected in reference.items():
            error = np.nan_to_num(np.abs(expected.astype(np.float64) - candidate[name])).reshape(count, -1)
            largest = np.maximum(largest, error.max(1, initial=0.0))
        self._remember(
            largest, lambda row: Disagreement(index=start + row, distance=float(largest[row]), flipped=False)
        )  # fmt: skip

    def _remember(self, order: NDArray[np.float64], entry: Row) -> None:
        """Keep the samples with the greatest ``order``; those whose answers are the same are of no interest."""
        rows = [int(row) for row in np.argsort(-order, kind="stable")[:WORST_KEPT] if order[row] > 0]
        self.made.worst = heapq.nlargest(WORST_KEPT, [*self.made.worst, *map(entry, rows)], key=Disagreement.rank)
