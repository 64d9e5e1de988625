"""A quarter of the bytes without samples: activations become integers while the model runs."""

from __future__ import annotations

from edgekit.quantization.precision import Precision, TFLiteScheme

PRECISION = Precision(
    name="dynamic",
    rank=2,
    summary="weights as int8, activations quantized while it runs",
    formats=("tflite", "onnx"),
    weight_bits=8,
    activation_bits=8,
    # The "legacy" recipe leaves small weights float, as TFLiteConverter does; without that the small convolutions lose
    # their fast kernels (MobileNetV2 0.35 on x86: 5.0 ms against 2.1).
    # Of several scales tflite-runtime 2.14 reads only the first, silently: a table of embeddings answers zeros, a dense
    # layer noise; and LiteRT 2.3 too gets an integer product with constant matrices wrong (0 dB).
    tflite=TFLiteScheme(
        recipe="dynamic_legacy_wi8_afp32", one_scale=("EMBEDDING_LOOKUP", "FULLY_CONNECTED", "BATCH_MATMUL")
    ),
)
