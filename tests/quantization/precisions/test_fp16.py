"""16-bit floats as weights: stored smaller, computed as before."""

from __future__ import annotations

from edgekit.quantization.precisions.fp16 import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_weights_change_and_are_no_integers() -> None:
    assert not PRECISION.as_trained
    assert not PRECISION.integer_weights
    assert not PRECISION.integer_activations
