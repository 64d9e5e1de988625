"""Integers throughout but for softmax and sigmoid: where the last digits of probabilities matter."""

from __future__ import annotations

from edgekit.quantization.precision import Precision, TFLiteScheme

PRECISION = Precision(
    name="int8soft",
    rank=20,
    summary="int8, with softmax and sigmoid in float",
    formats=("tflite",),
    weight_bits=8,
    activation_bits=8,
    calibrated=True,
    tflite=TFLiteScheme(
        recipe="static_wi8_ai8",
        one_scale=("BATCH_MATMUL",),
        float_ops=("DIV", "SQRT", "UNPACK", "SOFTMAX", "LOGISTIC"),
    ),
)
