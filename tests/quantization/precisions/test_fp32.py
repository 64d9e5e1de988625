"""32-bit floats throughout: nothing changes."""

from __future__ import annotations

from edgekit.quantization.precisions.fp32 import PRECISION
from tests.quantization.precisions.promises import check_spelling, check_training


def test_it_is_spelled_and_trained_for_as_it_says() -> None:
    check_spelling(PRECISION)
    check_training(PRECISION)


def test_nothing_changes() -> None:
    assert PRECISION.as_trained
    assert not PRECISION.integer_weights
    assert not PRECISION.integer_activations
