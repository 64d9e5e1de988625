"""Nearest rounding: each weight by itself, halves to even, between the limits."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.quantization.moments import Moments
from edgekit.quantization.rounding.nearest import integers, rounded
from tests.quantization.inputs import correlated


def test_each_weight_is_rounded_alone_between_the_limits() -> None:
    weights = np.array([[[0.4, -0.6, 9.0, -9.0]]])
    np.testing.assert_array_equal(rounded(weights, np.ones(1), Moments(), limit=7), [[[0, -1, 7, -7]]])


def test_halves_go_to_even() -> None:
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    np.testing.assert_array_equal(integers(halves, np.ones(6), limit=7), [-2, -2, 0, 0, 2, 2])
    away_from_zero = np.sign(halves) * np.floor(np.abs(halves) + 0.5)
    assert not np.array_equal(integers(halves, np.ones(6), limit=7), away_from_zero)  # which C's round() would give


def test_each_row_has_a_scale_of_its_own() -> None:
    weights = np.array([[[1.0, 2.0], [1.0, 2.0]]])
    scales = np.array([[[1.0], [0.5]]])
    np.testing.assert_array_equal(rounded(weights, scales, Moments(), limit=127), [[[1, 2], [2, 4]]])


def test_moments_change_nothing() -> None:
    generator = np.random.default_rng(3)
    weights, moments = generator.normal(size=(1, 4, 6)), Moments()
    moments.add(correlated(generator, 50, 6))
    alone = rounded(weights, np.full(1, 0.1), Moments(), limit=7)
    np.testing.assert_array_equal(rounded(weights, np.full(1, 0.1), moments, limit=7), alone)


@pytest.mark.parametrize("shape", [(1, 0, 4), (1, 1, 1)])
def test_no_weight_and_one(shape: tuple[int, ...]) -> None:
    answer = rounded(np.full(shape, 3.2), np.ones(1), Moments(), limit=7)
    assert answer.shape == shape
    assert answer.dtype == np.int8
    assert (answer == 3).all()
