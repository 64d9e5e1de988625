"""How a float TFLite file is quantized: what ai-edge-quantizer is told for each precision, and what it must not do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgekit.system.optional import require

ONE_SCALE = {
    "dynamic": ("EMBEDDING_LOOKUP", "FULLY_CONNECTED", "BATCH_MATMUL"),
    "dynamic4b32": ("EMBEDDING_LOOKUP", "BATCH_MATMUL"),
    "int8": ("BATCH_MATMUL",),
    "int8full": ("BATCH_MATMUL",),
}
"""Ops whose weights get one scale and not one per channel. Of several scales tflite-runtime 2.14 reads only the first,
silently: a table of embeddings answers zeros, a dense layer of the dynamic variants noise; and LiteRT 2.3 too gets an
integer product with constant matrices wrong (0 dB)."""

LEFT_FLOAT = {
    "int8": ("DIV", "SQRT", "UNPACK"),
    "int16x8": ("BATCH_MATMUL", "DIV", "GELU", "RSQRT", "SQRT", "SUM", "UNPACK"),
}
"""Ops that stay float because tflite-runtime 2.14 has no such kernel, or, UNPACK, LiteRT 2.3 refuses what the quantizer
makes of it. All were found by running each op of the quantizer in both."""

RECIPES = {
    # The "legacy" recipe leaves small weights float, as TFLiteConverter does; without that the small convolutions
    # lose their fast kernels (MobileNetV2 0.35 on x86: 5.0 ms against 2.1).
    "dynamic": "dynamic_legacy_wi8_afp32",
    "dynamic4": "dynamic_wi4_afp32",
    "dynamic4b32": "dynamic_legacy_wi8_afp32",
    "int8": "static_wi8_ai8",
    "int8full": "static_wi8_ai8",
    "int16x8": "static_wi8_ai16",
}
"""ai-edge-quantizer's own recipes that the precisions start from."""


MIN_WEIGHTS = 1024
"""Smaller weights stay float in ``w8`` and ``w4``: their bytes do not matter, their accuracy does."""


def quantizer(model: bytes, precision: str, *, float_edges: Sequence[str], overrides: Mapping[str, str]) -> Any:
    """Return ai-edge-quantizer set up for a precision.

    Args:
        model: The float file.
        precision: Other than ``fp32``.
        float_edges: Edges of the graph, INPUT or OUTPUT, that stay float.
        overrides: Names of operators that are quantized less, and what they are left at.
    """
    asked = f"tflite-{precision}"
    module = require("ai_edge_quantizer.quantizer", asked=asked, extra="convert")
    recipe = require("ai_edge_quantizer.recipe", asked=asked, extra="convert")
    types = require("ai_edge_quantizer.qtyping", asked=asked, extra="convert")
    ops, algorithms = types.TFLOperationName, module.AlgorithmName
    made = module.Quantizer(model)
    if precision == "fp16":
        made.update_quantization_recipe(".*", ops.ALL_SUPPORTED, _float16(types), algorithms.FLOAT_CASTING)
    elif precision in ("w8", "w4"):
        config = _weights(types, bits=8 if precision == "w8" else 4)
        made.update_quantization_recipe(".*", ops.ALL_SUPPORTED, config)
    else:
        made.load_quantization_recipe(getattr(recipe, RECIPES[precision])())
    if precision == "dynamic4b32":
        made.update_quantization_recipe(".*", ops.FULLY_CONNECTED, _blocks_of_32(types))
    for kind in ONE_SCALE.get(precision, ()):
        made.update_quantization_recipe(".*", ops[kind], _one_scale(types, precision))
    for kind in (*float_edges, *LEFT_FLOAT.get(precision, ())):
        made.update_quantization_recipe(".*", ops[kind], algorithm_key=algorithms.NO_QUANTIZE)
    for name, level in overrides.items():
        # The quantizer searches the pattern in the names of an operator's outputs, each ended by a semicolon.
        pattern = f"(^|;){re.escape(name)};"
        if level == "int8":
            config = _weights(types, bits=8, integer=precision != "w4")
            made.update_quantization_recipe(pattern, ops.ALL_SUPPORTED, config)
        else:
            made.update_quantization_recipe(pattern, ops.ALL_SUPPORTED, algorithm_key=algorithms.NO_QUANTIZE)
    return made


def _float16(types: Any) -> Any:
    return types.OpQuantizationConfig(
        weight_tensor_config=types.TensorQuantizationConfig(num_bits=16, dtype=types.TensorDataType.FLOAT),
        compute_precision=types.ComputePrecision.FLOAT,
        explicit_dequantize=True,
    )


def _one_scale(types: Any, precision: str) -> Any:
    """Return the configuration of an op whose weights have one scale for all, as older runtimes read them."""
    weights = types.TensorQuantizationConfig(num_bits=8, symmetric=True, granularity=types.QuantGranularity.TENSORWISE)
    static = precision not in ("dynamic", "dynamic4b32")
    return types.OpQuantizationConfig(
        activation_tensor_config=types.TensorQuantizationConfig(num_bits=8, symmetric=False) if static else None,
        weight_tensor_config=weights,
        compute_precision=types.ComputePrecision.INTEGER,
    )


def _blocks_of_32(types: Any) -> Any:
    granularity = types.QuantGranularity.BLOCKWISE_32
    return types.OpQuantizationConfig(
        weight_tensor_config=types.TensorQuantizationConfig(num_bits=4, symmetric=True, granularity=granularity),
        compute_precision=types.ComputePrecision.INTEGER,
    )


def _weights(types: Any, *, bits: int, integer: bool = False) -> Any:
    """Return the configuration of integer weights, with integer or float arithmetic; small ones stay float."""
    return types.OpQuantizationConfig(
        weight_tensor_config=types.TensorQuantizationConfig(
            num_bits=bits, symmetric=True, granularity=types.QuantGranularity.CHANNELWISE
        ),
        compute_precision=types.ComputePrecision.INTEGER if integer else types.ComputePrecision.FLOAT,
        explicit_dequantize=not integer,
        min_weight_elements=MIN_WEIGHTS,
    )
