"""All values but the rarest: a fixed share of them lies inside."""

from __future__ import annotations

import numpy as np

from edgekit.quantization.ranges import BINS, Histogram, Range

RANK = 1
SUMMARY = "all values but the rarest"
COUNTS = True
PERCENTILE = 99.99
"""Share of the values, in percent, that stays inside."""


def range_of(histogram: Histogram) -> Range:
    """Return the range: what is left out is at both ends, or at the one end that is not zero."""
    histogram.check()
    inside = PERCENTILE / 100
    share = np.cumsum(histogram.counts) / histogram.counts.sum()
    edges = histogram.edges
    two_sided = histogram.low < 0 < histogram.high
    tail = (1 - inside) / 2 if two_sided else 1 - inside
    low = edges[int(np.searchsorted(share, tail, side="right"))] if histogram.low < 0 else 0.0
    high = edges[min(BINS, int(np.searchsorted(share, 1 - tail)) + 1)] if histogram.high > 0 else 0.0
    return min(float(low), 0.0), max(float(high), 0.0)
