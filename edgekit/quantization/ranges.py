"""Histograms: what samples showed of an activation, from which a calibration method chooses its range.

An integer has 256 steps for the whole range: a wide one rounds coarsely, a narrow one clips. The smallest and largest
value are found first; methods that count read the samples once more, into histograms, and so need bounded memory for
any number of samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ConversionError

BINS = 2048
LEVELS = 256
CANDIDATES = 64
Range = tuple[float, float]
Cost = Callable[[int, int], float]
"""What a range from one bin to another costs."""


class Histogram:
    """How often values of one activation fell into each of ``BINS`` parts of its range.

    Args:
        low: The smallest value.
        high: The largest.
    """

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = min(low, 0.0), max(high, 0.0)  # every range has to hold zero
        if self.low == self.high:
            self.high = self.low + 1e-6
        self.counts = np.zeros(BINS)

    def add(self, values: NDArray[np.float32]) -> None:
        """Count values."""
        self.counts += np.histogram(values, BINS, (self.low, self.high))[0]

    @property
    def edges(self) -> NDArray[np.float64]:
        """The bounds of the bins, ``[BINS + 1]``."""
        return np.linspace(self.low, self.high, BINS + 1)

    def check(self) -> None:
        """See that something was counted.

        Raises:
            ConversionError: Nothing was.
        """
        if not self.counts.any():
            raise ConversionError("calibration counted no values")

    def cheapest(self, cost: Cost) -> Range:
        """Return the range that costs least, both of its ends moved in turn, twice.

        A range is at least ``LEVELS`` bins wide, and holds zero.
        """
        edges = self.edges
        low, high = 0, BINS
        zero = int(np.clip(np.searchsorted(edges, 0.0), 0, BINS))
        for _ in range(2):
            high = min(_steps(max(zero, low + LEVELS), BINS), key=lambda end: cost(low, end))
            if zero > 0:
                low = min(_steps(0, max(0, min(zero, high - LEVELS))), key=lambda start: cost(start, high))
        return float(edges[low]), float(edges[high])


def _steps(first: int, last: int) -> list[int]:
    """Return candidates for an end of the range, the widest first where two cost the same."""
    return sorted({int(bin_) for bin_ in np.linspace(first, last, CANDIDATES)}, reverse=last == BINS)


def histograms(
    ranges: Mapping[str, Range], values: Iterable[Mapping[str, NDArray[np.float32]]]
) -> dict[str, Histogram]:
    """Return the histogram of each activation.

    Args:
        ranges: The smallest and the largest value of each.
        values: Their values, for one sample after another.
    """
    counted = {name: Histogram(*bounds) for name, bounds in ranges.items()}
    for sample in values:
        for name, histogram in counted.items():
            histogram.add(sample[name])
    return counted
