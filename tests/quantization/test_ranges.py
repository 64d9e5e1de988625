"""Histograms of what samples showed, and the search for the cheapest range in them."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.errors import ConversionError
from edgekit.quantization.ranges import BINS, LEVELS, Histogram, histograms


def test_every_value_is_counted_in_its_bin() -> None:
    histogram = Histogram(0.0, float(BINS))
    histogram.add(np.array([0.5, 0.5, 7.5, BINS], np.float32))
    assert histogram.counts.sum() == 4
    assert (histogram.counts[0], histogram.counts[7], histogram.counts[-1]) == (2, 1, 1)
    histogram.add(np.array([BINS + 1.0, -1.0], np.float32))
    assert histogram.counts.sum() == 4  # what lies outside is of no range


@pytest.mark.parametrize(("low", "high"), [(1.0, 3.0), (-3.0, -1.0), (0.0, 0.0), (-1.0, 1.0)])
def test_zero_is_in_every_histogram(low: float, high: float) -> None:
    histogram = Histogram(low, high)
    assert histogram.low <= 0 <= histogram.high
    assert histogram.low < histogram.high
    assert (histogram.edges[0], histogram.edges[-1]) == (histogram.low, histogram.high)


def test_samples_of_several_activations_are_kept_apart() -> None:
    samples = [{"a": np.full(3, 0.5, np.float32), "b": np.full(2, -0.5, np.float32)}] * 2
    counted = histograms({"a": (0.0, 1.0), "b": (-1.0, 0.0)}, samples)
    assert {name: histogram.counts.sum() for name, histogram in counted.items()} == {"a": 6, "b": 4}


def test_the_cheapest_range_is_where_the_cost_has_its_least() -> None:
    histogram = Histogram(-1.0, 1.0)
    low, high = histogram.cheapest(lambda first, last: abs(first - 512) + abs(last - 1536))
    assert (low, high) == pytest.approx((-0.5, 0.5), abs=0.05)
    assert histogram.cheapest(lambda first, last: last - first) != pytest.approx((-0.5, 0.5), abs=0.05)


def test_a_range_is_as_wide_as_its_levels() -> None:
    low, high = Histogram(0.0, float(BINS)).cheapest(lambda first, last: last - first)
    assert (low, high) == (0.0, LEVELS)


def test_counting_nothing_is_an_error() -> None:
    histogram = histograms({"a": (0.0, 1.0)}, [])["a"]
    with pytest.raises(ConversionError, match="counted no values"):
        histogram.check()
    histogram.add(np.array([0.5], np.float32))
    histogram.check()
