"""Signal to quantization noise ratio: ``10 log10(sum(reference^2) / sum(error^2))`` in dB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgekit.adapters.metric import Notation, Question, Threshold, Unit
from edgekit.evaluation.similarity import (
    SimilarityMeasure,
    Vectors,
    decibels,
    similarity_columns,
    sums,
    threshold_of,
)

NOTATION = Notation(name="SQNR", title="SQNR", unit=Unit.DECIBEL, columns=similarity_columns("SQNR", Unit.DECIBEL))
THRESHOLD = Threshold(default=20.0)
TASK = None
ALL_OUTPUTS = True


@dataclass(frozen=True, kw_only=True)
class Sqnr(SimilarityMeasure):
    """Compares any numbers by the noise in them."""

    NOTATION: ClassVar[Notation] = NOTATION

    def similarity(self, output: str, reference: Vectors, candidate: Vectors) -> Vectors:  # noqa: ARG002 - all are alike
        """Return the ratio of each sample, in dB."""
        return decibels(sums(reference**2), sums((reference - candidate) ** 2))


def fit(question: Question) -> Sqnr:
    """Judge all outputs."""
    outputs = tuple(spec.name for spec in question.contract.outputs)
    return Sqnr(metric="sqnr", outputs=outputs, threshold=threshold_of(question, THRESHOLD))
