"""The model as it was trained: 32-bit floats throughout."""

from __future__ import annotations

from edgekit.quantization.precision import Precision

PRECISION = Precision(
    name="fp32",
    rank=0,
    summary="weights and activations as float32",
    formats=("tflite", "onnx"),
)
