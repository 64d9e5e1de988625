"""The least mean squared error of clipping and rounding together."""

from __future__ import annotations

import numpy as np

from edgekit.quantization.ranges import LEVELS, Histogram, Range

RANK = 2
SUMMARY = "where rounding and clipping together cost least, by the squared error"
COUNTS = True


def range_of(histogram: Histogram) -> Range:
    """Return the range."""
    histogram.check()
    return histogram.cheapest(lambda low, high: squared_error(histogram, low, high))


def squared_error(histogram: Histogram, low: int, high: int) -> float:
    """Return the summed squared error with bins ``low`` to ``high`` inside the range.

    A clipped value errs by its distance from the range; one inside by at most half a step, evenly spread, and so by
    ``step² / 12`` in the mean of its square.
    """
    edges = histogram.edges
    centers = (edges[:-1] + edges[1:]) / 2
    clipped = np.maximum(edges[low] - centers, 0) + np.maximum(centers - edges[high], 0)
    step = (edges[high] - edges[low]) / (LEVELS - 1)
    inside = histogram.counts[low:high].sum()
    return float((histogram.counts * clipped**2).sum() + inside * step**2 / 12)
