"""Integers throughout, floats at the edges."""

from __future__ import annotations

from edgekit.quantization.precisions import int8full
from edgekit.quantization.precisions.int8 import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_it_computes_with_integers_between_float_edges() -> None:
    assert PRECISION.integer_weights
    assert PRECISION.integer_activations
    assert not PRECISION.integer_edges
    assert PRECISION.levels == 255


def test_ops_without_integer_kernels_stay_float() -> None:
    """What may stay float here may not with integers at the edges too."""
    assert PRECISION.tflite.float_ops
    assert not int8full.PRECISION.tflite.float_ops
