"""Dense layers with 4 bits and a scale for each 32 weights, as large language models have them."""

from __future__ import annotations

from edgekit.quantization.precision import Precision, TFLiteScheme

PRECISION = Precision(
    name="dynamic4b32",
    rank=4,
    summary="weights of dense layers as int4 in blocks of 32, the others as int8, activations quantized while it runs",
    formats=("tflite",),
    weight_bits=4,
    activation_bits=8,
    block=32,
    # What has no blocks gets 8 bits, by the recipe of dynamic; one scale for what tflite-runtime 2.14 misreads there.
    tflite=TFLiteScheme(recipe="dynamic_legacy_wi8_afp32", one_scale=("EMBEDDING_LOOKUP", "BATCH_MATMUL")),
)
