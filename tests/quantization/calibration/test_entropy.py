"""The range of the least divergence."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.errors import ConversionError
from edgekit.quantization.calibration import entropy
from edgekit.quantization.ranges import BINS, LEVELS, Histogram
from tests.quantization.calibration.distributions import NORMAL, ONE_SIDED, histogram_of, range_by


def test_a_normal_distribution_keeps_four_deviations() -> None:
    low, high = range_by(entropy, NORMAL)
    assert -4.6 < low < -3.4
    assert 3.4 < high < 4.8


def test_an_outlier_does_not_widen_it() -> None:
    assert range_by(entropy, np.append(NORMAL, [60.0]))[1] < 6


@pytest.mark.parametrize("values", ONE_SIDED)
def test_zero_is_in_the_range(values: NDArray[np.float64]) -> None:
    low, high = range_by(entropy, values)
    assert low <= 0 <= high
    assert low < high


def test_no_divergence_where_each_bin_has_a_level_of_its_own() -> None:
    histogram = Histogram(0.0, 1.0)
    histogram.counts[:LEVELS] = 5.0
    assert entropy.divergence(histogram, 0, LEVELS) == pytest.approx(0.0, abs=1e-12)
    histogram.counts[LEVELS] = 500.0  # clipped: counts in the last bin of P, and in none of Q
    assert entropy.divergence(histogram, 0, LEVELS) > 0.1


def test_a_range_with_nothing_in_it_is_never_chosen() -> None:
    histogram = Histogram(0.0, 1.0)
    histogram.counts[BINS // 2 :] = 1.0
    assert entropy.divergence(histogram, 1, BINS // 4) == float("inf")
    assert entropy.range_of(histogram)[1] > 0.5


def test_exact_zeros_say_nothing() -> None:
    values = np.maximum(NORMAL, 0)
    few = histogram_of(values[values > 0])
    many = histogram_of(values[values > 0])
    many.counts[0] += 1e6
    assert entropy.range_of(many) == entropy.range_of(few)
    many.counts[300] += 1e6  # elsewhere as many values say a lot
    assert entropy.range_of(many) != entropy.range_of(few)


def test_counting_nothing_is_an_error() -> None:
    with pytest.raises(ConversionError, match="counted no values"):
        entropy.range_of(Histogram(0.0, 1.0))
