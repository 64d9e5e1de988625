"""Cosine of two vectors, one of which is the original's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgekit.adapters.metric import Notation, Question, Threshold, Unit
from edgekit.evaluation.output_error import cosines
from edgekit.evaluation.similarity import (
    SimilarityMeasure,
    Vectors,
    similarity_columns,
    threshold_of,
    vector_outputs,
)

NOTATION = Notation(name="cosine", title="cosine", unit=Unit.NUMBER, columns=similarity_columns("cosine", Unit.NUMBER))
THRESHOLD = Threshold(default=0.98, greatest=1.0)
TASK = None
ALL_OUTPUTS = False


@dataclass(frozen=True, kw_only=True)
class Cosine(SimilarityMeasure):
    """Compares vectors by the cosine of the angle between them."""

    NOTATION: ClassVar[Notation] = NOTATION

    def similarity(self, output: str, reference: Vectors, candidate: Vectors) -> Vectors:  # noqa: ARG002 - all are alike
        """Return the cosine of each pair."""
        return cosines(reference, candidate)


def fit(question: Question) -> Cosine:
    """Judge embeddings, or else all vectors."""
    outputs = vector_outputs("cosine", question)
    return Cosine(metric="cosine", outputs=outputs, threshold=threshold_of(question, THRESHOLD))
