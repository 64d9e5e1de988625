"""Errors of one output against another, summed up batch by batch so that memory stays flat."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.documents.parity import Histogram, OutputErrors

HISTOGRAM_EDGES = tuple(float(10.0**power) for power in np.arange(-9, 3.01, 0.5))
"""Edges of the histogram of absolute errors, in the output's own unit; what lies outside counts in the end bins."""


ALL_NOISE_DB = -999.0
"""Stands for a ratio of minus infinity, which JSON cannot say."""


@dataclass
class OutputError:
    """The errors of one output over all samples seen so far.

    SQNR is ``10 log10(sum(reference^2) / sum((reference - candidate)^2))`` in dB over all elements of all samples;
    the cosine is per sample, over its elements.
    """

    elements: int = 0
    max_abs: float = 0.0
    sum_abs: float = 0.0
    sum_squares: float = 0.0
    signal: float = 0.0
    cosine_min: float = 1.0
    not_finite: int = 0
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(HISTOGRAM_EDGES) - 1, np.int64))

    def add(self, reference: NDArray[Any], candidate: NDArray[Any]) -> None:
        """Add a batch.

        Args:
            reference: The original's output, ``[n, ...]``.
            candidate: The artifact's output, of the same shape.
        """
        if not reference.size:
            return
        first = reference.reshape(len(reference), -1).astype(np.float64)
        second = candidate.reshape(len(candidate), -1).astype(np.float64)
        finite = np.isfinite(first).all(1) & np.isfinite(second).all(1)
        self.not_finite += int((~finite).sum())
        first, second = first[finite], second[finite]
        if not first.size:
            return
        error = np.abs(first - second)
        self.elements += error.size
        self.max_abs = max(self.max_abs, float(error.max()))
        self.sum_abs += float(error.sum())
        self.sum_squares += float((error**2).sum())
        self.signal += float((first**2).sum())
        self.cosine_min = min(self.cosine_min, float(cosines(first, second).min()))
        clipped = np.clip(error[error > 0], HISTOGRAM_EDGES[0], HISTOGRAM_EDGES[-1])
        self.histogram += np.histogram(clipped, HISTOGRAM_EDGES)[0]

    def merge(self, other: OutputError) -> None:
        """Add what another part of the samples gave."""
        self.elements += other.elements
        self.max_abs = max(self.max_abs, other.max_abs)
        self.sum_abs += other.sum_abs
        self.sum_squares += other.sum_squares
        self.signal += other.signal
        self.cosine_min = min(self.cosine_min, other.cosine_min)
        self.not_finite += other.not_finite
        self.histogram += other.histogram

    def to_report(self) -> OutputErrors:
        """Return the numbers as a part of a report; all are null where no sample was finite on both sides.

        ``sqnr_db`` is also null where there is no error at all, or no signal: then the ratio has no value in dB.
        """
        if not self.elements:
            return OutputErrors(max_abs=None, mean_abs=None, rmse=None, sqnr_db=None, cosine_min=None, histogram=None)
        ratio = self.signal / self.sum_squares if self.sum_squares else 0.0
        return OutputErrors(
            max_abs=self.max_abs,
            mean_abs=self.sum_abs / self.elements,
            rmse=math.sqrt(self.sum_squares / self.elements),
            sqnr_db=10 * math.log10(ratio) if ratio else None,
            cosine_min=self.cosine_min,
            histogram=Histogram(edges=HISTOGRAM_EDGES, counts=tuple(self.histogram.tolist())),
        )


def decibel(signal: float, noise: float) -> float | None:
    """Return a ratio of powers as dB; None where there is no noise. Noise that is not a number is all noise."""
    if noise <= 0:
        return None
    if not math.isfinite(noise) or signal <= 0:
        return ALL_NOISE_DB
    return 10 * math.log10(signal / noise)


def cosines(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosine of each pair of rows ``[n, d]``; two zero vectors are alike, a zero and another are not."""
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    products = (first * second).sum(1)
    alike = (first == second).all(1).astype(np.float64)
    cosine: NDArray[np.float64] = np.where(norms > 0, products / np.where(norms > 0, norms, 1.0), alike)
    return np.clip(cosine, -1.0, 1.0)


def finite_rows(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which samples ``[n, ...]`` have no NaN and no infinity."""
    return np.asarray(np.isfinite(values.reshape(len(values), -1).astype(np.float64)).all(1))
