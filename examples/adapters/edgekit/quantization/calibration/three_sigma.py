"""Three standard deviations around the mean, as for values of a bell curve; of real activations only an example."""

from __future__ import annotations

import numpy as np

from edgekit.quantization.ranges import Histogram, Range

RANK = 9
SUMMARY = "three standard deviations around the mean"
COUNTS = True


def range_of(histogram: Histogram) -> Range:
    """Return the range, no wider than the values that were seen, and with zero in it."""
    histogram.check()
    centres = (histogram.edges[:-1] + histogram.edges[1:]) / 2
    mean = np.average(centres, weights=histogram.counts)
    deviation = np.sqrt(np.average((centres - mean) ** 2, weights=histogram.counts))
    low = max(mean - 3 * deviation, histogram.low)
    high = min(mean + 3 * deviation, histogram.high)
    return min(float(low), 0.0), max(float(high), 0.0)
