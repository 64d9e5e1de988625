"""Errors of outputs, and ratios of signal and noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgekit.evaluation.output_error import ALL_NOISE_DB, OutputError, decibel


@pytest.mark.parametrize(
    ("signal", "noise", "wanted"),
    [
        (100.0, 1.0, 20.0),
        (1.0, 0.0, None),
        (0.0, 1.0, ALL_NOISE_DB),
        (1.0, math.inf, ALL_NOISE_DB),
        (1.0, math.nan, ALL_NOISE_DB),
    ],
)
def test_decibel(signal: float, noise: float, wanted: float | None) -> None:
    assert decibel(signal, noise) == wanted


def test_errors_by_hand() -> None:
    error = OutputError()
    error.add(np.array([[3.0, 4.0]]), np.array([[3.0, 5.0]]))
    value = error.to_report().to_json()
    assert (value["max_abs"], value["mean_abs"]) == (1.0, 0.5)
    assert value["rmse"] == pytest.approx(math.sqrt(0.5))
    assert value["sqnr_db"] == pytest.approx(10 * math.log10(25))
    assert value["cosine_min"] == pytest.approx(29 / (5 * math.sqrt(34)))
    assert sum(value["histogram"]["counts"]) == 1


def test_exact_and_not_finite() -> None:
    error = OutputError()
    error.add(np.ones([2, 3]), np.ones([2, 3]))
    assert (error.to_report().to_json()["max_abs"], error.to_report().to_json()["sqnr_db"]) == (0.0, None)
    error = OutputError()
    error.add(np.ones([2, 3]), np.array([[1, np.nan, 1], [1, 1, 1]]))
    assert error.not_finite == 1
    assert error.to_report().to_json()["max_abs"] == 0.0
    nothing = OutputError()
    nothing.add(np.ones([1, 3]), np.full([1, 3], np.inf))
    assert nothing.to_report().to_json()["max_abs"] is None


@given(st.integers(1, 30), st.integers(0, 30))
def test_parts_add_up_to_the_whole(count: int, cut: int) -> None:
    generator = np.random.default_rng(count)
    first, second = generator.normal(size=(2, count, 4))
    whole, left, right = OutputError(), OutputError(), OutputError()
    whole.add(first, second)
    left.add(first[:cut], second[:cut])
    right.add(first[cut:], second[cut:])
    left.merge(right)
    for key, value in whole.to_report().to_json().items():
        if key != "histogram":
            assert left.to_report().to_json()[key] == pytest.approx(value)
    assert left.histogram.tolist() == whole.histogram.tolist()
