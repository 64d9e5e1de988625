"""Affine quantization: integers that stand for floats, ``value = (integer - zero_point) * scale``.

It is that of TFLite's specification of 8-bit quantization
(https://ai.google.dev/edge/litert/conversion/tensorflow/quantization) and of ONNX's QuantizeLinear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Number = float | Array
TensorDetail = Mapping[str, Any]
"""What TensorFlow Lite's interpreter says of a tensor, quantization among it."""


def quantize(values: Array, *, scale: Number, zero_point: Number, dtype: DTypeLike) -> Array:
    """Return ``round(value / scale) + zero_point``, halves to even, saturated at the ends of the integer type.

    Args:
        values: Floats.
        scale: What one step is worth: a number, or an array that broadcasts to the values.
        zero_point: The integer that stands for 0.0, of the same shape.
        dtype: An integer type.
    """
    limits = np.iinfo(dtype)
    # In float32, as the kernels of QUANTIZE divide: in doubles some halves would fall to the other side.
    steps = np.rint(values / np.asarray(scale, np.float32)) + zero_point
    integers: Array = np.clip(steps, limits.min, limits.max).astype(dtype)
    return integers


def dequantize(integers: Array, *, scale: Number, zero_point: Number) -> NDArray[np.float32]:
    """Return ``(integer - zero_point) * scale`` as float32.

    Args:
        integers: Of any type, up to 32 bits.
        scale: What one step is worth: a number, or an array that broadcasts to the integers.
        zero_point: The integer that stands for 0.0, of the same shape.
    """
    # In doubles, which hold every difference of 32-bit integers; of 8 and 16 bits float32 gives the same.
    return ((integers.astype(np.float64) - zero_point) * scale).astype(np.float32)
