"""Same nearest neighbour: whether a search finds the same other sample, as in an index that was built on a server.

A sample has 1.0 if the nearest other sample is the same, looked up by cosine among at most `GALLERY` of the original's
vectors; else 0.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.metric import Notation, Question, Threshold, Unit
from edgekit.data.npy import Rows
from edgekit.data.samples import Samples
from edgekit.errors import DataError
from edgekit.evaluation.similarity import (
    SimilarityCollector,
    SimilarityMeasure,
    Vectors,
    threshold_of,
    vector_outputs,
)

NOTATION = Notation(
    name="neighbours",
    title="same neighbour",
    unit=Unit.SHARE,
    agrees="same neighbour",
    columns="agree: same nearest neighbour, in %",
    has_median=False,
)
THRESHOLD = Threshold(default=1.0, greatest=1.0)
TASK = None
ALL_OUTPUTS = False
GALLERY = 2000
"""Samples that are looked up among: a search is by pairs, so more would cost time by their square."""


@dataclass(frozen=True, kw_only=True)
class Neighbours(SimilarityMeasure):
    """Compares vectors by what they find.

    Attributes:
        gallery: Numbers of the samples that are looked up among.
    """

    NOTATION: ClassVar[Notation] = NOTATION

    gallery: tuple[int, ...]

    def gate_name(self, output: str) -> str:
        """Return what the gate of an output is called."""
        return f"same nearest neighbour{self.which(output)}"

    def collector(self, samples: Samples, answers: Mapping[str, Rows]) -> NeighbourCollector:  # noqa: ARG002 - answers do
        """Return what looks up neighbours."""
        return NeighbourCollector(self, answers)


class NeighbourCollector(SimilarityCollector):
    """Looks up neighbours, batch by batch.

    Attributes:
        members: Numbers of the samples that are looked up among ``[gallery]``.
        gallery: By output, their unit vectors ``[gallery, size]``.
    """

    def __init__(self, measure: Neighbours, answers: Mapping[str, Rows]) -> None:
        super().__init__(measure)
        self.members = np.asarray(measure.gallery)
        self.gallery = {}
        for output in measure.outputs:
            vectors = [answers[output].read(index, index + 1) for index in measure.gallery]
            self.gallery[output] = _unit(np.concatenate(vectors).astype(np.float64))

    def compare(self, output: str, start: int, reference: Vectors, candidate: Vectors) -> Vectors:
        """Return 1.0 for each sample whose nearest other is the same."""
        same: Vectors = (self._nearest(output, start, reference) == self._nearest(output, start, candidate)).astype(
            np.float64
        )
        return same

    def _nearest(self, output: str, start: int, vectors: Vectors) -> NDArray[np.intp]:
        cosines = _unit(vectors) @ self.gallery[output].T
        own = self.members[None] == np.arange(start, start + len(vectors))[:, None]
        cosines[own] = -np.inf  # nobody is their own neighbour
        nearest: NDArray[np.intp] = cosines.argmax(1)
        return nearest


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.where(norms > 0, norms, 1.0)
    return unit


def fit(question: Question) -> Neighbours:
    """Judge embeddings, or else all vectors."""
    outputs, count = vector_outputs("neighbours", question), len(question.samples)
    if count < 3:
        raise DataError(f"metric 'neighbours' needs at least 3 samples, there are {count}")
    chosen = np.random.default_rng(0).permutation(count)[:GALLERY]
    return Neighbours(
        metric="neighbours",
        outputs=outputs,
        threshold=threshold_of(question, THRESHOLD),
        gallery=tuple(int(index) for index in np.sort(chosen)),
    )
