"""Weights are rounded so that the outputs of layers change least."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from edgekit.quantization import moments as moments_module
from edgekit.quantization.moments import Moments
from edgekit.quantization.rounding import gptq
from edgekit.quantization.rounding.gptq import rounded
from tests.quantization.inputs import correlated, error


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_it_is_near_the_best_there_is(generator: np.random.Generator) -> None:
    total = np.zeros(3)
    choices = [np.array([[choice]]) for choice in itertools.product(range(-4, 5), repeat=4)]
    for _ in range(10):
        values, weights = correlated(generator, 200, 4), generator.uniform(-3, 3, (1, 1, 4))
        moments = Moments()
        moments.add(values)
        found = error(values, weights, rounded(weights, np.ones(1), moments, limit=7), 1.0)
        nearest = error(values, weights, np.rint(weights), 1.0)
        best = min(error(values, weights, integers, 1.0) for integers in choices)
        assert best <= found <= nearest
        total += (best, found, nearest)
    assert total[1] < total[0] + 0.2 * (total[2] - total[0])


@pytest.mark.parametrize("inputs", [24, 2 * moments_module.LARGEST_PART + 3])  # the second in parts, of no equal size
def test_it_beats_nearest_rounding_and_keeps_zeros(inputs: int, generator: np.random.Generator) -> None:
    values = correlated(generator, 300, inputs)
    weights = generator.normal(size=(1, 5, inputs))
    weights[:, :, ::3] = 0
    moments = Moments()
    moments.add(values[:100])
    moments.add(values[100:])
    scale = float(np.abs(weights).max() / 7)
    found = rounded(weights, np.full((1, 5, 1), scale), moments, limit=7)
    assert not found[:, :, ::3].any()
    assert np.abs(found).max() <= 7
    nearest = error(values, weights, np.rint(weights / scale), scale)
    assert error(values, weights, found, scale) < 0.85 * nearest


def test_an_output_that_would_be_worse_is_rounded_to_the_nearest(
    monkeypatch: pytest.MonkeyPatch, generator: np.random.Generator
) -> None:
    monkeypatch.setattr(gptq._Part, "_spread", lambda self, *rest: np.full_like(self.exact, 7.0))
    weights, moments = generator.uniform(-3, 3, (2, 3, 6)), Moments()
    moments.add(np.concatenate([correlated(generator, 50, 6)] * 2, axis=1))
    np.testing.assert_array_equal(rounded(weights, np.ones(1), moments, limit=7), np.rint(weights))


def test_inputs_that_are_always_zero_are_no_obstacle(generator: np.random.Generator) -> None:
    values = correlated(generator, 50, 6)
    values[:, :, 2] = 0
    moments = Moments()
    moments.add(values)
    weights = generator.uniform(-3, 3, (1, 3, 6))
    found = rounded(weights, np.ones(1), moments, limit=7)
    np.testing.assert_array_equal(found[:, :, 2], np.rint(weights[:, :, 2]))


def test_moments_of_another_layer_are_refused(generator: np.random.Generator) -> None:
    moments = Moments()
    moments.add(np.concatenate([correlated(generator, 50, 6)] * 2, axis=1))  # of two groups
    with pytest.raises(ValueError, match="do not go with weights"):
        rounded(generator.normal(size=(1, 4, 6)), np.ones(1), moments, limit=7)


def test_large_layers_are_rounded_bit_by_bit(generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    values, weights = correlated(generator, 100, 40), generator.uniform(-3, 3, (1, 30, 40))
    moments = Moments()
    moments.add(values)
    whole = rounded(weights, np.ones(1), moments, limit=7)
    monkeypatch.setattr(gptq, "AT_ONCE", 200)
    np.testing.assert_array_equal(rounded(weights, np.ones(1), moments, limit=7), whole)
