"""Disagreements: the samples whose two answers are farthest apart."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.metric import Differences

WORST_KEPT = 8
CHANGED = 1e6
"""What a changed answer counts more than the farthest distance of one that is the same."""


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A sample and how far the two answers to it are apart.

    Attributes:
        index: Number of the sample.
        distance: Half the L1 distance of the scores of classes, the largest difference of labels' scores, or of values
            in standard deviations; else how far the similarity is from perfect, or, where nothing is judged, the
            largest error.
        changed: Whether the class or a label changed, or a value by more than is tolerated.
        reference: The original's scores or values, where they are judged.
        candidate: The artifact's.
        similarity: Where similarity is judged, that of its worst output.
    """

    index: int
    distance: float
    changed: bool
    reference: tuple[float, ...] | None = None
    candidate: tuple[float, ...] | None = None
    similarity: float | None = None

    def rank(self) -> tuple[bool, float, int]:
        """Return the order of interest: changed answers first, then the farthest apart."""
        return self.changed, self.distance, -self.index


def worst_of(disagreements: Iterable[Disagreement]) -> list[Disagreement]:
    """Return the most interesting of some disagreements, in their order."""
    return heapq.nlargest(WORST_KEPT, disagreements, key=Disagreement.rank)


def worst_of_batch(start: int, differences: Differences) -> list[Disagreement]:
    """Return the samples of a batch that are farthest apart; those with the same answer and score are left out.

    Args:
        start: Number of the first sample.
        differences: Of the batch.
    """
    order = differences.distances + CHANGED * differences.changed
    rows = np.argsort(-order, kind="stable")[:WORST_KEPT]
    return [_disagreement(start, int(row), differences) for row in rows if order[row] > 0]


def _disagreement(start: int, row: int, differences: Differences) -> Disagreement:
    similarities = differences.similarities
    return Disagreement(
        index=start + row,
        distance=float(differences.distances[row]),
        changed=bool(differences.changed[row]),
        reference=_scores(differences.reference, row),
        candidate=_scores(differences.candidate, row),
        similarity=None if similarities is None else float(similarities[row]),
    )


def _scores(scores: NDArray[np.generic] | None, row: int) -> tuple[float, ...] | None:
    return None if scores is None else tuple(float(score) for score in scores[row])
