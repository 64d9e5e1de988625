"""Confidences: whether a classifier that says 0.8 is right four times in five, before and after conversion.

The expected calibration error is the mean, over equal bins of the highest score and weighted by how many fall in each,
of the distance between score and accuracy: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, equation 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BINS = 15


def _zeros() -> NDArray[np.float64]:
    return np.zeros((3, BINS))


@dataclass
class Confidences:
    """Counts, sums of the highest scores, and right answers, by bin."""

    bins: NDArray[np.float64] = field(default_factory=_zeros)

    def add(self, scores: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
        """Add answers.

        Args:
            scores: Probabilities ``[n, classes]``.
            right: Whether each answer is right.
        """
        highest = np.clip(scores.max(1), 0.0, 1.0)
        places = np.minimum((highest * BINS).astype(int), BINS - 1)
        for row, weights in enumerate((np.ones(len(highest)), highest, right.astype(np.float64))):
            self.bins[row] += np.bincount(places, weights=weights, minlength=BINS)

    def merge(self, other: Confidences) -> None:
        """Add what another shard counted."""
        self.bins = self.bins + other.bins

    def error(self) -> float | None:
        """Return the expected calibration error; None if nothing was added."""
        counts, sums, right = self.bins
        total = counts.sum()
        return None if not total else float(np.abs(sums - right).sum() / total)
