"""Ranges that each method chooses from a known distribution."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.errors import ConversionError
from edgekit.quantization.methods import calibration_method
from edgekit.quantization.ranges import Histogram, histograms

NORMAL = np.random.default_rng(0).normal(size=100_000)


def chosen(values: NDArray[np.float64], method: str) -> tuple[float, float]:
    histogram = Histogram(float(values.min()), float(values.max()))
    for part in np.array_split(values, 7):
        histogram.add(part.astype(np.float32))
    chosen_range: tuple[float, float] = calibration_method(method).range_of(histogram)
    return chosen_range


def squared_error(values: NDArray[np.float64], low: float, high: float) -> float:
    """The mean squared error of 8 bits over a range, by doing it."""
    step = (high - low) / 255
    rounded = np.rint((np.clip(values, low, high) - low) / step) * step + low
    return float(np.square(rounded - values).mean())


@pytest.mark.parametrize("method", ["percentile", "mse", "entropy"])
def test_a_normal_distribution_keeps_four_deviations(method: str) -> None:
    low, high = chosen(NORMAL, method)
    assert -4.6 < low < -3.4
    assert 3.4 < high < 4.8


def test_an_outlier_widens_no_range_but_that_of_the_squared_error() -> None:
    values = np.append(NORMAL, [60.0])
    assert chosen(values, "percentile")[1] < 4.5
    assert chosen(values, "entropy")[1] < 6
    assert chosen(values, "mse")[1] > 20  # one value at 60 costs more than coarse steps for all others


def test_the_least_squared_error_is_found() -> None:
    values = np.concatenate([NORMAL, np.random.default_rng(1).normal(0, 6, 300)])
    low, high = chosen(values, "mse")
    found = squared_error(values, low, high)
    assert found <= squared_error(values, float(values.min()), float(values.max()))
    for scale in (0.5, 0.7, 0.85, 1.2, 1.5):
        assert found < 1.05 * squared_error(values, low * scale, high * scale)


@pytest.mark.parametrize("method", ["percentile", "mse", "entropy"])
@pytest.mark.parametrize(
    "values", [np.maximum(NORMAL, 0), -np.maximum(NORMAL, 0), np.ones(5), np.zeros(5), np.full(3, -2.0)]
)
def test_zero_is_in_every_range(values: NDArray[np.float64], method: str) -> None:
    low, high = chosen(values, method)
    assert low <= 0 <= high
    assert low < high


def test_counting_nothing_is_an_error() -> None:
    with pytest.raises(ConversionError, match="counted no values"):
        calibration_method("mse").range_of(histograms({"a": (0.0, 1.0)}, [])["a"])
