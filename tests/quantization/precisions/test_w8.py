"""Weights of 8 bits that are made floats again: arithmetic in float."""

from __future__ import annotations

from edgekit.quantization.precisions.w8 import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_only_weights_are_integers() -> None:
    assert PRECISION.integer_weights
    assert not PRECISION.integer_activations
    assert not PRECISION.four_bits
