"""The smallest download that computes in float."""

from __future__ import annotations

from edgekit.quantization.precision import Precision

PRECISION = Precision(
    name="w4",
    rank=6,
    summary="weights as int4, arithmetic in float",
    formats=("tflite", "onnx"),
    weight_bits=4,
)
