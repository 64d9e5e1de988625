"""Weights of 4 bits in blocks: a scale for each few weights of a row."""

from __future__ import annotations

from edgekit.quantization.precisions import dynamic
from edgekit.quantization.precisions.dynamic4b32 import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_weights_share_a_scale_in_blocks() -> None:
    assert PRECISION.four_bits
    assert PRECISION.integer_activations
    assert not PRECISION.calibrated
    assert PRECISION.block is not None
    assert PRECISION.name.endswith(f"b{PRECISION.block}")


def test_one_scale_is_for_no_op_that_has_blocks() -> None:
    assert "FULLY_CONNECTED" not in PRECISION.tflite.one_scale
    assert "FULLY_CONNECTED" in dynamic.PRECISION.tflite.one_scale  # which has no blocks
