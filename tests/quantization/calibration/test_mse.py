"""The range of the least squared error."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.errors import ConversionError
from edgekit.quantization.calibration import mse
from edgekit.quantization.ranges import BINS, Histogram
from tests.quantization.calibration.distributions import NORMAL, ONE_SIDED, histogram_of, range_by


def squared_error(values: NDArray[np.float64], low: float, high: float) -> float:
    """The mean squared error of 8 bits over a range, by doing it."""
    step = (high - low) / 255
    rounded = np.rint((np.clip(values, low, high) - low) / step) * step + low
    return float(np.square(rounded - values).mean())


def test_a_normal_distribution_keeps_four_deviations() -> None:
    low, high = range_by(mse, NORMAL)
    assert -4.6 < low < -3.4
    assert 3.4 < high < 4.8


def test_an_outlier_widens_it() -> None:
    assert range_by(mse, np.append(NORMAL, [60.0]))[1] > 20  # one value at 60 costs more than coarse steps for all


def test_the_least_squared_error_is_chosen() -> None:
    values = np.concatenate([NORMAL, np.random.default_rng(1).normal(0, 6, 300)])
    low, high = range_by(mse, values)
    least = squared_error(values, low, high)
    assert least <= squared_error(values, float(values.min()), float(values.max()))
    for scale in (0.5, 0.7, 0.85, 1.2, 1.5):
        assert least < 1.05 * squared_error(values, low * scale, high * scale)


@pytest.mark.parametrize(("first", "last"), [(0, BINS), (400, BINS - 400), (800, BINS - 800)])
def test_the_cost_is_the_error_that_rounding_makes(first: int, last: int) -> None:
    histogram = histogram_of(NORMAL)
    edges = histogram.edges
    measured = squared_error(NORMAL, float(edges[first]), float(edges[last])) * NORMAL.size
    assert mse.squared_error(histogram, first, last) == pytest.approx(measured, rel=0.05)
    assert mse.squared_error(histogram, first, last - 200) != pytest.approx(measured, rel=0.05)


@pytest.mark.parametrize("values", ONE_SIDED)
def test_zero_is_in_the_range(values: NDArray[np.float64]) -> None:
    low, high = range_by(mse, values)
    assert low <= 0 <= high
    assert low < high


def test_counting_nothing_is_an_error() -> None:
    with pytest.raises(ConversionError, match="counted no values"):
        mse.range_of(Histogram(0.0, 1.0))
