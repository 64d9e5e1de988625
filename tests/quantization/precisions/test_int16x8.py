"""Activations of 16 bits with weights of 8."""

from __future__ import annotations

from edgekit.quantization.precisions import int8
from edgekit.quantization.precisions.int16x8 import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_activations_have_more_levels_than_of_8_bits() -> None:
    assert PRECISION.integer_weights
    assert PRECISION.integer_activations
    assert PRECISION.levels == 65535
    assert PRECISION.levels > int8.PRECISION.levels


def test_more_ops_stay_float_than_of_8_bits() -> None:
    assert set(int8.PRECISION.tflite.float_ops) < set(PRECISION.tflite.float_ops)
