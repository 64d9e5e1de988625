"""All values: from the smallest that samples showed to the largest. Nothing is clipped, and one outlier widens it."""

from __future__ import annotations

from edgekit.quantization.ranges import Histogram, Range

RANK = 0
SUMMARY = "all values"
COUNTS = False


def range_of(histogram: Histogram) -> Range:
    """Return the range."""
    return histogram.low, histogram.high
