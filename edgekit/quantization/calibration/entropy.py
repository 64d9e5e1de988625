"""The least divergence of the quantized distribution from the clipped one.

The method of Migacz 2017, "8-bit inference with TensorRT"; both ends of the range are moved here, not one.
"""

from __future__ import annotations

import numpy as np

from edgekit.quantization.ranges import BINS, LEVELS, Histogram, Range

RANK = 3
SUMMARY = "where rounding and clipping together cost least, by the Kullback-Leibler divergence of the distributions"
COUNTS = True


def range_of(histogram: Histogram) -> Range:
    """Return the range."""
    histogram.check()
    return histogram.cheapest(lambda low, high: divergence(histogram, low, high))


def divergence(histogram: Histogram, low: int, high: int) -> float:
    """Return the Kullback-Leibler divergence, in nats, of the quantized distribution Q from the clipped one P.

    What is clipped counts at the ends of P, and is missing in Q. Exact zeros, most of the values behind a ReLU, say
    nothing about where to clip: their bin counts as its neighbour.
    """
    counts = histogram.counts.copy()
    zero = min(int(np.searchsorted(histogram.edges, 0.0, side="right")) - 1, BINS - 1)
    counts[zero] = counts[zero + 1] if zero + 1 < BINS else counts[zero - 1]
    inside = counts[low:high]
    if not inside.any():
        return float("inf")
    clipped = inside.copy()
    clipped[0] += counts[:low].sum()
    clipped[-1] += counts[high:].sum()
    # Q: the counts of the bins that one integer stands for, spread evenly over those of them that are not empty.
    level = np.arange(high - low) * LEVELS // (high - low)
    used = (clipped > 0).astype(float)
    spread = np.bincount(level, inside, LEVELS) / np.maximum(np.bincount(level, used, LEVELS), 1)
    quantized = used * spread[level]
    reference, candidate = clipped / clipped.sum(), np.maximum(quantized / quantized.sum(), 1e-9)
    positive = reference > 0
    return float((reference[positive] * np.log(reference[positive] / candidate[positive])).sum())
