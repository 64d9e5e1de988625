"""Integers from input to output with a batch of one, for Coral: nothing may stay float."""

from __future__ import annotations

from edgekit.quantization.precision import Precision, TFLiteScheme

PRECISION = Precision(
    name="int8full",
    rank=8,
    summary="weights, activations, inputs and outputs as int8, a batch of one",
    formats=("tflite",),
    weight_bits=8,
    activation_bits=8,
    calibrated=True,
    trained=True,
    integer_edges=True,
    edgetpu=True,
    # With one scale per channel LiteRT 2.3 gets an integer product with constant matrices wrong (0 dB).
    tflite=TFLiteScheme(recipe="static_wi8_ai8", one_scale=("BATCH_MATMUL",)),
)
