"""The range of all values but the rarest."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.errors import ConversionError
from edgekit.quantization.calibration import percentile
from edgekit.quantization.ranges import Histogram
from tests.quantization.calibration.distributions import NORMAL, ONE_SIDED, range_by


def test_a_normal_distribution_keeps_four_deviations() -> None:
    low, high = range_by(percentile, NORMAL)
    assert -4.6 < low < -3.4
    assert 3.4 < high < 4.8


@pytest.mark.parametrize("values", [NORMAL, np.abs(NORMAL), -np.abs(NORMAL)], ids=["both", "high", "low"])
def test_the_share_outside_is_that_which_is_named(values: NDArray[np.float64]) -> None:
    low, high = range_by(percentile, values)
    outside = ((values < low) | (values > high)).mean()
    bin_share = 2e-4  # the bins at the ends are as wide as they are
    assert outside == pytest.approx(1 - percentile.PERCENTILE / 100, abs=bin_share)
    assert ((values < low / 2) | (values > high / 2)).mean() > 10 * bin_share


def test_an_outlier_does_not_widen_it() -> None:
    assert range_by(percentile, np.append(NORMAL, [60.0]))[1] < 4.5
    assert range_by(percentile, np.append(NORMAL, np.full(1000, 60.0)))[1] > 50  # a hundredth of all is no outlier


@pytest.mark.parametrize("values", ONE_SIDED)
def test_zero_is_in_the_range(values: NDArray[np.float64]) -> None:
    low, high = range_by(percentile, values)
    assert low <= 0 <= high
    assert low < high


def test_counting_nothing_is_an_error() -> None:
    with pytest.raises(ConversionError, match="counted no values"):
        percentile.range_of(Histogram(0.0, 1.0))
