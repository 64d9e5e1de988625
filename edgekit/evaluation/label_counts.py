"""Label counts: how often each label was rightly said, wrongly said and missed, and the F1 that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from edgekit.documents.parity import ScorePair


class LabelScores(TypedDict):
    """F1 of labels: over all together, the mean of each label's, and each label's by name."""

    f1_micro: ScorePair
    f1_macro: ScorePair
    f1: dict[str, ScorePair]


Labels = NDArray[np.bool_]


@dataclass
class LabelCounts:
    """Counts by side and label.

    Attributes:
        counts: For original and artifact, and each label, how often it was rightly said, wrongly said and missed
            ``[2, 3, labels]``.
    """

    counts: NDArray[np.int64]

    @staticmethod
    def of(reference: Labels, candidate: Labels, truth: Labels) -> LabelCounts:
        """Count some samples ``[n, labels]``."""
        sides = [
            [(labels & truth).sum(0), (labels & ~truth).sum(0), (~labels & truth).sum(0)]
            for labels in (reference, candidate)
        ]
        return LabelCounts(np.array(sides, np.int64))

    def merge(self, other: LabelCounts) -> None:
        """Add what was counted of other samples."""
        self.counts = self.counts + other.counts

    def scores(self, names: Sequence[str]) -> LabelScores:
        """Return the F1 that follows from the counts, by the names of the labels."""
        reference, candidate = _f1(self.counts[0]), _f1(self.counts[1])
        together = [float(_f1(side.sum(1))) for side in self.counts]
        return {
            "f1_micro": ScorePair(reference=together[0], candidate=together[1]),
            "f1_macro": ScorePair(reference=float(reference.mean()), candidate=float(candidate.mean())),
            "f1": {
                name: ScorePair(reference=float(reference[label]), candidate=float(candidate[label]))
                for label, name in enumerate(names)
            },
        }


def _f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 2 TP / (2 TP + FP + FN) of counts ``[3, ...]``; of what is never said and never right, one."""
    right, wrong, missed = counts
    total = 2 * right + wrong + missed
    f1: NDArray[np.float64] = np.where(total > 0, 2 * right / np.maximum(total, 1), 1.0)
    return f1
