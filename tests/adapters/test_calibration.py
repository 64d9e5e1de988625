"""What every calibration method has to keep, beyond the names that its port lists."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgekit.quantization.methods import calibration_method, calibration_methods
from edgekit.quantization.ranges import Histogram, Range

SPANS = ((-3.0, 5.0), (0.0, 4.0), (-4.0, 0.0), (0.0, 0.0), (2.0, 2.0))


def problems(method: Any) -> list[str]:
    """Return what a method does not keep, for activations of several spans."""
    sentences = []
    for low, high in SPANS:
        histogram = Histogram(low, high)
        histogram.add(np.linspace(low, high, 999, dtype=np.float32))
        first, last = method.range_of(histogram)
        if not first <= 0 <= last:
            sentences.append(f"{(low, high)}: zero is not in the range")
        if not first < last:
            sentences.append(f"{(low, high)}: the range is empty")
        if first < histogram.low or last > histogram.high:
            sentences.append(f"{(low, high)}: the range is wider than what samples showed")
    return sentences


@pytest.mark.parametrize("name", calibration_methods())
def test_a_method_keeps_zero_and_no_more_than_there_is(name: str) -> None:
    method = calibration_method(name)
    assert problems(method) == []
    assert method.SUMMARY


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [((0.5, 1.0), "zero is not"), ((0.0, 0.0), "is empty"), ((-90.0, 90.0), "is wider"), ((-1.0, np.nan), "zero")],
)
def test_a_method_that_does_not_is_noticed(bounds: Range, sentence: str) -> None:
    assert sentence in " ".join(problems(SimpleNamespace(range_of=lambda _: bounds)))


def test_lists_have_one_order() -> None:
    ranks = [calibration_method(name).RANK for name in calibration_methods()]
    assert ranks == sorted(set(ranks))
