"""Integers as weights, and as activations while the model runs: no samples are needed."""

from __future__ import annotations

from edgekit.quantization.precisions.dynamic import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_it_computes_with_integers_without_samples() -> None:
    assert PRECISION.integer_weights
    assert PRECISION.integer_activations
    assert not PRECISION.calibrated
    assert not PRECISION.four_bits
    assert PRECISION.levels == 255
