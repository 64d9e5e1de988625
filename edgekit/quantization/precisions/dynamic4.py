"""An eighth of the bytes without samples; most models lose too much unless parts keep 8 bits."""

from __future__ import annotations

from edgekit.quantization.precision import Precision, TFLiteScheme

PRECISION = Precision(
    name="dynamic4",
    rank=3,
    summary="weights as int4, activations quantized while it runs",
    formats=("tflite",),
    weight_bits=4,
    activation_bits=8,
    tflite=TFLiteScheme(recipe="dynamic_wi4_afp32"),
)
