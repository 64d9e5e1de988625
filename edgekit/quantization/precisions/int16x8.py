"""For models that lose too much with activations of 8 bits; slow where there are no kernels for it, as on x86."""

from __future__ import annotations

from edgekit.quantization.precision import Precision, TFLiteScheme

PRECISION = Precision(
    name="int16x8",
    rank=9,
    summary="weights as int8, activations as int16",
    formats=("tflite",),
    weight_bits=8,
    activation_bits=16,
    calibrated=True,
    # tflite-runtime 2.14 has no kernels of 16 bits for these, or, UNPACK, LiteRT 2.3 refuses what the quantizer makes
    # of it: found by running each op of the quantizer in both.
    tflite=TFLiteScheme(
        recipe="static_wi8_ai16",
        float_ops=("BATCH_MATMUL", "DIV", "GELU", "RSQRT", "SQRT", "SUM", "UNPACK"),
    ),
)
