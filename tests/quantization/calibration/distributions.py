"""Values with a known distribution, and the range that a method chooses for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.quantization.ranges import Histogram, Range

NORMAL = np.random.default_rng(0).normal(size=100_000)
ONE_SIDED = (np.maximum(NORMAL, 0), -np.maximum(NORMAL, 0), np.ones(5), np.zeros(5), np.full(3, -2.0), np.ones(1))
"""Of which zero is an end of the range: behind a ReLU, constant, a single value."""


def histogram_of(values: NDArray[np.float64]) -> Histogram:
    """Count values as samples bring them, some at a time."""
    histogram = Histogram(float(values.min()), float(values.max()))
    for sample in np.array_split(values, 7):
        histogram.add(sample.astype(np.float32))
    return histogram


def range_by(method: Any, values: NDArray[np.float64]) -> Range:
    """Return the range that a module of ``quantization/calibration`` chooses."""
    bounds: Range = method.range_of(histogram_of(values))
    return bounds
