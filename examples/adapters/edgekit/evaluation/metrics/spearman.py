"""Rank correlation of two vectors (Spearman, 1904): whether they put things into the same order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgekit.adapters.metric import Notation, Question, Threshold, Unit
from edgekit.evaluation.output_error import cosines
from edgekit.evaluation.similarity import (
    SimilarityMeasure,
    Vectors,
    similarity_columns,
    threshold_of,
    vector_outputs,
)

NAME = "spearman"
NOTATION = Notation(
    name=NAME, title="rank correlation", unit=Unit.NUMBER, columns=similarity_columns(NAME, Unit.NUMBER)
)
THRESHOLD = Threshold(default=0.95, greatest=1.0)
TASK = None
ALL_OUTPUTS = False


@dataclass(frozen=True, kw_only=True)
class RankCorrelation(SimilarityMeasure):
    """Compares the order of the numbers of two vectors."""

    NOTATION: ClassVar[Notation] = NOTATION

    def similarity(self, output: str, reference: Vectors, candidate: Vectors) -> Vectors:  # noqa: ARG002 - all are alike
        """Return the cosine of the ranks, each less their mean."""
        return cosines(_ranks(reference), _ranks(candidate))


def _ranks(vectors: Vectors) -> Vectors:
    ranks = vectors.argsort(axis=1, kind="stable").argsort(axis=1).astype(np.float64)
    centred: Vectors = ranks - ranks.mean(axis=1, keepdims=True)
    return centred


def fit(question: Question) -> RankCorrelation:
    """Judge embeddings, or else all vectors."""
    outputs = vector_outputs(NAME, question)
    return RankCorrelation(metric=NAME, outputs=outputs, threshold=threshold_of(question, THRESHOLD))
