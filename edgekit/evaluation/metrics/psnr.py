"""Peak signal to noise ratio: ``10 log10(range^2 / mean(error^2))`` in dB.

The range is that of all the original's pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgekit.adapters.metric import Notation, Question, Threshold, Unit
from edgekit.evaluation.similarity import (
    SimilarityMeasure,
    Vectors,
    decibels,
    picture_outputs,
    similarity_columns,
    sums,
    threshold_of,
    value_ranges,
)

NOTATION = Notation(name="PSNR", title="PSNR", unit=Unit.DECIBEL, columns=similarity_columns("PSNR", Unit.DECIBEL))
THRESHOLD = Threshold(default=30.0)
TASK = None
ALL_OUTPUTS = False


@dataclass(frozen=True, kw_only=True)
class Psnr(SimilarityMeasure):
    """Compares pictures by the noise in them.

    Attributes:
        ranges: By output, the difference of the original's greatest and smallest value.
    """

    NOTATION: ClassVar[Notation] = NOTATION
    ranges: Mapping[str, float]

    def similarity(self, output: str, reference: Vectors, candidate: Vectors) -> Vectors:
        """Return the ratio of each picture, in dB."""
        size = reference[0].size
        peak = np.full(len(reference), self.ranges[output] ** 2)
        return decibels(peak, sums((reference - candidate) ** 2) / size)


def fit(question: Question) -> Psnr:
    """Judge outputs that are pictures."""
    outputs = picture_outputs("psnr", question)
    return Psnr(
        metric="psnr",
        outputs=outputs,
        threshold=threshold_of(question, THRESHOLD),
        ranges=value_ranges(outputs, question),
    )
