"""Integers throughout, floats at the edges: what phones' integer kernels and NPUs run."""

from __future__ import annotations

from edgekit.quantization.precision import Precision, TFLiteScheme

PRECISION = Precision(
    name="int8",
    rank=7,
    summary="weights and activations as int8, float inputs and outputs",
    formats=("tflite", "onnx"),
    weight_bits=8,
    activation_bits=8,
    calibrated=True,
    trained=True,
    # tflite-runtime 2.14 has no integer kernels of DIV and SQRT, and LiteRT 2.3 refuses what the quantizer makes of
    # UNPACK: found by running each op of the quantizer in both. One scale for BATCH_MATMUL: with one per channel
    # LiteRT 2.3 gets an integer product with constant matrices wrong (0 dB).
    tflite=TFLiteScheme(recipe="static_wi8_ai8", one_scale=("BATCH_MATMUL",), float_ops=("DIV", "SQRT", "UNPACK")),
)
