"""Calibration: how the range of an activation is chosen from what samples showed of it.

An integer has 256 steps for the whole range: a wide one rounds coarsely, a narrow one clips. The smallest and largest
value are found first; the other methods read the samples once more, into histograms, and so need bounded memory for any
number of samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ConversionError

BINS = 2048
LEVELS = 256
PERCENTILE = 99.99
"""Share of the values, in percent, that the method ``percentile`` keeps inside."""
CANDIDATES = 64
Range = tuple[float, float]


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

    def range(self, method: str) -> Range:
        """Return the range by ``percentile``, ``mse`` or ``entropy``.

        ``mse`` takes the range with the least mean squared error of clipping and rounding together, ``entropy`` the one
        whose quantized distribution differs least from the whole one by the Kullback-Leibler divergence (Migacz 2017,
        "8-bit inference with TensorRT"). Both ends are moved in turn.
        """
        if not self.counts.any():
            raise ConversionError("calibration counted no values")
        if method == "percentile":
            return self._percentile()
        cost = self._squared_error if method == "mse" else self._divergence
        low, high = 0, BINS
        zero = int(np.clip(np.searchsorted(self._edges(), 0.0), 0, BINS))
        for _ in range(2):
            high = min(self._steps(max(zero, low + LEVELS), BINS), key=lambda end: cost(low, end))
            if zero > 0:
                low = min(self._steps(0, max(0, min(zero, high - LEVELS))), key=lambda start: cost(start, high))
        edges = self._edges()
        return float(edges[low]), float(edges[high])

    def _edges(self) -> NDArray[np.float64]:
        return np.linspace(self.low, self.high, BINS + 1)

    @staticmethod
    def _steps(first: int, last: int) -> list[int]:
        """Return candidates for an end of the range, the widest first where two cost the same."""
        return sorted({int(v) for v in np.linspace(first, last, CANDIDATES)}, reverse=last == BINS)

    def _percentile(self) -> Range:
        inside = PERCENTILE / 100
        share = np.cumsum(self.counts) / self.counts.sum()
        edges = self._edges()
        two_sided = self.low < 0 < self.high
        tail = (1 - inside) / 2 if two_sided else 1 - inside
        low = edges[int(np.searchsorted(share, tail, side="right"))] if self.low < 0 else 0.0
        high = edges[min(BINS, int(np.searchsorted(share, 1 - tail)) + 1)] if self.high > 0 else 0.0
        return min(float(low), 0.0), max(float(high), 0.0)

    def _squared_error(self, low: int, high: int) -> float:
        """Return the mean squared error with bins ``low`` to ``high`` inside the range."""
        edges = self._edges()
        centers = (edges[:-1] + edges[1:]) / 2
        clipped = np.maximum(edges[low] - centers, 0) + np.maximum(centers - edges[high], 0)
        step = (edges[high] - edges[low]) / (LEVELS - 1)
        inside = self.counts[low:high].sum()
        return float((self.counts * clipped**2).sum() + inside * step**2 / 12)

    def _divergence(self, low: int, high: int) -> float:
        """Return the Kullback-Leibler divergence, in nats, of the quantized distribution from the clipped one.

        What is clipped counts at the ends of the one, and is missing in the other. Exact zeros, most of the values
        behind a ReLU, say nothing about where to clip: their bin counts as its neighbour.
        """
        counts = self.counts.copy()
        zero = min(int(np.searchsorted(self._edges(), 0.0, side="right")) - 1, BINS - 1)
        counts[zero] = counts[zero + 1] if zero + 1 < BINS else counts[zero - 1]
        inside = counts[low:high]
        if not inside.any():
            return float("inf")
        clipped = inside.copy()
        clipped[0] += counts[:low].sum()
        clipped[-1] += counts[high:].sum()
        level = np.arange(high - low) * LEVELS // (high - low)
        used = (clipped > 0).astype(float)
        spread = np.bincount(level, inside, LEVELS) / np.maximum(np.bincount(level, used, LEVELS), 1)
        made = used * spread[level]
        wanted, made = clipped / clipped.sum(), np.maximum(made / made.sum(), 1e-9)
        seen = wanted > 0
        return float((wanted[seen] * np.log(wanted[seen] / made[seen])).sum())


def histograms(ranges: Mapping[str, Range], found: Iterable[Mapping[str, NDArray[np.float32]]]) -> dict[str, Histogram]:
    """Return the histogram of each activation.

    Args:
        ranges: The smallest and the largest value of each.
        found: Their values, for one sample after another.
    """
    made = {name: Histogram(*bounds) for name, bounds in ranges.items()}
    for values in found:
        for name, histogram in made.items():
            histogram.add(values[name])
    return made
