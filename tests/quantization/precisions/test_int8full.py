"""Integers from input to output, for Coral."""

from __future__ import annotations

from edgekit.quantization.precision import precisions
from edgekit.quantization.precisions.int8full import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_nothing_stays_float() -> None:
    assert PRECISION.integer_weights
    assert PRECISION.integer_activations
    assert PRECISION.integer_edges
    assert PRECISION.levels == 255
    assert not PRECISION.tflite.float_ops


def test_no_other_goes_to_corals_compiler() -> None:
    assert [entry.name for entry in precisions() if entry.edgetpu] == [PRECISION.name]
    assert [entry.name for entry in precisions() if entry.integer_edges] == [PRECISION.name]
