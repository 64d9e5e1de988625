"""Weights of 4 bits, activations of 8 while the model runs."""

from __future__ import annotations

from edgekit.quantization.precisions.dynamic4 import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_some_operators_may_need_more_bits() -> None:
    assert PRECISION.four_bits
    assert PRECISION.integer_activations
    assert not PRECISION.calibrated
    assert PRECISION.block is None  # a scale per channel, other than with dynamic4b32
