"""A smaller download that computes as before: weights are made floats again when the model is loaded or runs."""

from __future__ import annotations

from edgekit.quantization.precision import Precision

PRECISION = Precision(
    name="w8",
    rank=5,
    summary="weights as int8, arithmetic in float",
    formats=("tflite", "onnx"),
    weight_bits=8,
)
