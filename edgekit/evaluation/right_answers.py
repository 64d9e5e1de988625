"""Right answers: what metrics share that count answers as right and wrong, and as the same and not.

Beside the counts it keeps who was right on which sample, for slices; of one class out of several how sure it was, for
the calibration error; and of labels how often each was right, for their F1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from msgspec import UNSET
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.adapters.metric import Differences, Notation, Question, Ruling
from edgekit.adapters.task import load_task
from edgekit.contract.batch import Batch
from edgekit.data.npy import Rows
from edgekit.data.samples import Samples
from edgekit.documents.parity import ScorePair, Slice, TaskScores
from edgekit.evaluation.calibration_error import Confidences
from edgekit.evaluation.gates import Counts, agreement_gate, drop_gate
from edgekit.evaluation.intervals import paired_drop_interval, wilson_interval
from edgekit.evaluation.label_counts import LabelCounts, LabelScores
from edgekit.evaluation.output_error import finite_rows
from edgekit.evaluation.slices import CANDIDATE_RIGHT, REFERENCE_RIGHT, slices_of

Flags = NDArray[np.bool_]


@dataclass
class RightAnswers:
    """How often original and artifact were right, and gave the same answer.

    Attributes:
        samples: Number of samples.
        agree: Those with the same answer.
        both: Those that both got right.
        lost: Those that only the original got right.
        won: Those that only the artifact got right.
        outcomes: By the number of a first sample, who was right on it and the next, as `slices` reads it.
        confidences: How sure original and artifact were.
        labels: How often each label was right; None: there are no labels, or nobody knows the right ones.
    """

    samples: int = 0
    agree: int = 0
    both: int = 0
    lost: int = 0
    won: int = 0
    outcomes: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    confidences: tuple[Confidences, Confidences] = field(default_factory=lambda: (Confidences(), Confidences()))
    labels: LabelCounts | None = None

    def merge(self, other: RightAnswers) -> None:
        """Add what was counted of other samples."""
        self.samples += other.samples
        self.agree += other.agree
        self.both += other.both
        self.lost += other.lost
        self.won += other.won
        self.outcomes |= other.outcomes
        for ours, theirs in zip(self.confidences, other.confidences, strict=True):
            ours.merge(theirs)
        if other.labels is not None:
            self.add_labels(other.labels)

    def add_outcomes(self, start: int, reference: Flags, candidate: Flags) -> None:
        """Count which answers of original and artifact are right ``[n]``."""
        self.both += int((reference & candidate).sum())
        self.lost += int((reference & ~candidate).sum())
        self.won += int((~reference & candidate).sum())
        self.outcomes[start] = (reference * REFERENCE_RIGHT + candidate * CANDIDATE_RIGHT).astype(np.uint8)

    def add_labels(self, counts: LabelCounts) -> None:
        """Count labels."""
        if self.labels is None:
            self.labels = LabelCounts(np.zeros_like(counts.counts))
        self.labels.merge(counts)

    def outcome(self) -> NDArray[np.uint8]:
        """Return for each sample who was right."""
        return np.concatenate([self.outcomes[start] for start in sorted(self.outcomes)])

    def counts(self) -> Counts:
        """Return what gates judge."""
        return Counts(samples=self.samples, agree=self.agree, both=self.both, lost=self.lost, won=self.won)


@dataclass(frozen=True, kw_only=True)
class CountedMeasure:
    """Counts answers.

    Attributes:
        metric: What counts.
        task: Whose answers are counted.
        output: Where they are.
        exclusive: Whether scores are probabilities of which one is right, so that they say how sure a model is.
    """

    NOTATION: ClassVar[Notation]

    metric: str
    task: str
    output: str
    exclusive: bool

    @property
    def outputs(self) -> tuple[str, ...]:
        """The one output."""
        return (self.output,)

    @property
    def threshold(self) -> float | None:
        """None: an answer is the same or not."""
        return None

    def collector(self, samples: Samples, answers: Mapping[str, Rows]) -> AnswerCounter:  # noqa: ARG002 - no gallery
        """Return what counts answers."""
        return AnswerCounter(self, samples)

    def ruling(self, evidence: RightAnswers, question: Question) -> Ruling:
        """Judge the drop of a score; where the metric has none, the share of the same answers."""
        rule, counts = question.rule, evidence.counts()
        if self.NOTATION.drop is None:
            gate = agreement_gate(counts, max_drop=rule.max_drop, confidence=rule.confidence)
        else:
            gate = drop_gate(counts, max_drop=rule.max_drop, confidence=rule.confidence, name=self.NOTATION.drop)
        scores = self._scores(evidence, question)
        warnings = [*self.doubts(evidence, question), *self._bad_slices(scores, rule.max_drop)]
        return Ruling(gates=[gate], scores=scores, warnings=warnings)

    def doubts(self, evidence: RightAnswers, question: Question) -> list[str]:  # noqa: ARG002 - it doubts nothing
        """Say what makes the scores themselves worth less than they look."""
        return []

    def _scores(self, evidence: RightAnswers, question: Question) -> TaskScores:
        targets = question.samples.targets
        labels: LabelScores | dict[str, Any] = {}
        if evidence.labels is not None and targets is not None:
            labels = evidence.labels.scores(targets.names)
        scored = self.NOTATION.drop is not None
        counts, confidence = evidence.counts(), question.rule.confidence
        scores = score_counts(self.metric, counts, self.output, confidence, scored=scored)
        slices: tuple[Slice, ...] = ()
        slice_confidence = calibration = None
        if evidence.outcomes:
            worst_first, slice_confidence = slices_of(
                question.samples, evidence.outcome(), question.contract, question.rule.confidence
            )
            slices = tuple(worst_first)
            calibration = _calibration(evidence)
        return replace(
            scores, slices=slices, slice_confidence=slice_confidence, calibration_error=calibration, **labels
        )

    def _bad_slices(self, scores: TaskScores, max_drop: float) -> list[str]:
        """Say which parts of the samples lose more than the limit, whatever the whole does."""
        if scores.slices is UNSET:
            return []
        return [
            f"{part.by} {part.value}: {self.NOTATION.drop or 'drop'} {part.drop:+.3f}, interval "
            f"[{part.drop_interval[0]:+.3f}, {part.drop_interval[1]:+.3f}], {part.samples} samples: beyond "
            f"the limit of {max_drop:g}"
            for part in scores.slices
            if part.drop_interval[0] > max_drop
        ]


class AnswerCounter:
    """Counts an artifact's answers, batch by batch.

    Attributes:
        measure: What is counted.
        samples: All samples, which may say what is right.
        evidence: What was counted so far.
    """

    def __init__(self, measure: CountedMeasure, samples: Samples) -> None:
        self.measure, self.samples, self.task = measure, samples, load_task(measure.task)
        self.evidence = RightAnswers()

    def add(self, start: int, reference: Batch, candidate: Batch) -> Differences:
        """Count right and equal answers; one with NaN in it is wrong, and equal to nothing."""
        before, after = reference[self.measure.output], candidate[self.measure.output]
        finite = finite_rows(after)
        after = np.nan_to_num(after)
        first, second = self.task.decisions(before), self.task.decisions(after)
        same = _alike(first, second) & finite
        self.evidence.samples += len(before)
        self.evidence.agree += int(same.sum())
        truth = self.task.truth(self.samples, start, start + len(before))
        if truth is not None:
            right = _alike(first, truth), _alike(second, truth) & finite
            self.evidence.add_outcomes(start, *right)
            if truth.ndim == 2:
                self.evidence.add_labels(LabelCounts.of(first, second & finite[:, None], truth))
            if self.measure.exclusive:
                self._add_confidences(before, after, right)
        distances = self.task.distances(before, after)
        return Differences(distances=distances, changed=~same, reference=before, candidate=after)

    def _add_confidences(self, reference: NDArray[Any], candidate: NDArray[Any], right: tuple[Flags, Flags]) -> None:
        ours, theirs = self.evidence.confidences
        ours.add(reference.astype(np.float64), right[0])
        theirs.add(candidate.astype(np.float64), right[1])


def _alike(first: NDArray[Any], second: NDArray[Any]) -> Flags:
    """Return which decisions are the same ``[n]``: of labels, all of a sample."""
    same: Flags = (first == second).reshape(len(first), -1).all(1)
    return same


def _calibration(evidence: RightAnswers) -> ScorePair | None:
    reference, candidate = (side.error() for side in evidence.confidences)
    if reference is None or candidate is None:
        return None
    return ScorePair(reference=reference, candidate=candidate)


def score_counts(metric: str, counts: Counts, output: str, confidence: float, *, scored: bool) -> TaskScores:
    """Return scores, drop and agreement of counts with their intervals.

    Args:
        metric: What counted.
        counts: The counts.
        output: Where the answers are.
        confidence: Of the intervals.
        scored: Whether right and wrong are judged; else only agreement is, and scores are null.
    """
    total = counts.samples
    agreement = counts.agree / total
    agreement_interval = wilson_interval(counts.agree, total, confidence)
    if not scored:
        return TaskScores(
            metric=metric,
            output=output,
            threshold=None,
            reference=None,
            reference_interval=None,
            candidate=None,
            candidate_interval=None,
            drop=None,
            drop_interval=None,
            agreement=agreement,
            agreement_interval=agreement_interval,
            right_to_wrong=None,
            wrong_to_right=None,
        )
    reference, candidate = counts.both + counts.lost, counts.both + counts.won
    return TaskScores(
        metric=metric,
        output=output,
        threshold=None,
        reference=reference / total,
        reference_interval=wilson_interval(reference, total, confidence),
        candidate=candidate / total,
        candidate_interval=wilson_interval(candidate, total, confidence),
        drop=(counts.lost - counts.won) / total,
        drop_interval=paired_drop_interval(counts.lost, counts.won, total, confidence),
        agreement=agreement,
        agreement_interval=agreement_interval,
        right_to_wrong=counts.lost,
        wrong_to_right=counts.won,
    )


def share_sentence(scores: TaskScores, samples: int, right: str) -> str:
    """Say on which share of samples original and artifact are right, for a model card.

    Args:
        scores: Of a metric that counts.
        samples: Number of samples.
        right: What an answer has to be, such as ``is right``.
    """
    assert scores.reference is not None, "counted against what is right"
    assert scores.candidate is not None, "likewise"
    assert scores.candidate_interval is not None, "likewise"
    low, high = ("unbounded" if end is None else f"{100 * end:.1f}" for end in scores.candidate_interval)
    return (
        f"The original {right} on {100 * scores.reference:.1f}% of {samples} held-out samples, this model on "
        f"{100 * scores.candidate:.1f}% (interval {low} to {high})."
    )
