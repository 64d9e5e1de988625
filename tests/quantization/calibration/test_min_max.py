"""The range of all values."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.quantization.calibration import min_max
from edgekit.quantization.ranges import Histogram
from tests.quantization.calibration.distributions import NORMAL, ONE_SIDED, range_by


def test_nothing_is_clipped() -> None:
    values = np.append(NORMAL, [60.0])
    assert range_by(min_max, values) == (float(values.min()), 60.0)
    assert range_by(min_max, NORMAL)[1] < 60.0  # which the outlier alone brings


def test_it_needs_no_counts() -> None:
    assert not min_max.COUNTS
    assert min_max.range_of(Histogram(-1.0, 2.0)) == (-1.0, 2.0)


@pytest.mark.parametrize("values", ONE_SIDED)
def test_zero_is_in_the_range(values: NDArray[np.float64]) -> None:
    low, high = range_by(min_max, values)
    assert low <= 0 <= high
    assert low < high
