"""Half of the bytes: weights as 16-bit floats, inputs and outputs as before."""

from __future__ import annotations

from edgekit.quantization.precision import Precision

PRECISION = Precision(
    name="fp16",
    rank=1,
    summary="weights as float16",
    formats=("tflite", "onnx"),
    weight_bits=16,
)
