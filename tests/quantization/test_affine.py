"""Integers and the floats that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.quantization.affine import dequantize, quantize


def test_halves_go_to_even_and_what_is_outside_saturates() -> None:
    values = np.array([0.25, 0.75, -0.25, 1e9, -1e9], np.float32)
    integers = quantize(values, scale=0.5, zero_point=3, dtype=np.int8)
    np.testing.assert_array_equal(integers, [3, 5, 3, 127, -128])
    assert integers.dtype == np.int8


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16])
def test_integers_come_back(dtype: type) -> None:
    limits = np.iinfo(dtype)
    integers: NDArray[Any] = np.arange(limits.min, limits.max + 1, dtype=dtype)
    floats = dequantize(integers, scale=0.1, zero_point=5)
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(quantize(floats, scale=0.1, zero_point=5, dtype=dtype), integers)


def test_each_channel_has_its_scale() -> None:
    scale, zero_point = np.array([[0.5], [2.0]]), np.array([[0], [1]])
    floats = dequantize(np.array([[2, 4], [2, 4]], np.int8), scale=scale, zero_point=zero_point)
    np.testing.assert_array_equal(floats, [[1.0, 2.0], [2.0, 6.0]])
