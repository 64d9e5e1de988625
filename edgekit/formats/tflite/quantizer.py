"""How a float TFLite file is quantized: what ai-edge-quantizer is told for each precision, and what it must not do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgekit.quantization.precision import Precision
from edgekit.system.optional import require

MIN_WEIGHTS = 1024
"""Smaller weights stay float where arithmetic is in float: their bytes do not matter, their accuracy does."""
BLOCK_OPS = ("FULLY_CONNECTED",)
"""Ops whose kernels take a scale for each block of weights."""


def quantizer(model: bytes, precision: Precision, *, float_edges: Sequence[str], overrides: Mapping[str, str]) -> Any:
    """Return ai-edge-quantizer set up for a precision.

    Args:
        model: The float file.
        precision: Other than ``fp32``.
        float_edges: Edges of the graph, INPUT or OUTPUT, that stay float.
        overrides: Names of operators that are quantized less, and what they are left at.
    """
    task = f"tflite-{precision.name}"
    module = require("ai_edge_quantizer.quantizer", asked=task, extra="convert")
    recipe = require("ai_edge_quantizer.recipe", asked=task, extra="convert")
    types = require("ai_edge_quantizer.qtyping", asked=task, extra="convert")
    ops, algorithms = types.TFLOperationName, module.AlgorithmName
    tool = module.Quantizer(model)
    # Of several rules for an operator the last counts, so they go from the general to the particular.
    if precision.tflite.recipe is not None:
        tool.load_quantization_recipe(getattr(recipe, precision.tflite.recipe)())
    elif precision.integer_weights:
        tool.update_quantization_recipe(".*", ops.ALL_SUPPORTED, _weights(types, bits=precision.weight_bits))
    else:
        tool.update_quantization_recipe(".*", ops.ALL_SUPPORTED, _float16(types), algorithms.FLOAT_CASTING)
    if precision.block is not None:
        for kind in BLOCK_OPS:
            tool.update_quantization_recipe(".*", ops[kind], _blocks(types, precision))
    for kind in precision.tflite.one_scale:
        tool.update_quantization_recipe(".*", ops[kind], _one_scale(types, precision))
    for kind in (*float_edges, *precision.tflite.float_ops):
        tool.update_quantization_recipe(".*", ops[kind], algorithm_key=algorithms.NO_QUANTIZE)
    for name, level in overrides.items():
        # The quantizer searches the pattern in the names of an operator's outputs, each ended by a semicolon.
        pattern = f"(^|;){re.escape(name)};"
        if level == "int8":
            config = _weights(types, bits=8, integer=precision.integer_activations)
            tool.update_quantization_recipe(pattern, ops.ALL_SUPPORTED, config)
        else:
            tool.update_quantization_recipe(pattern, ops.ALL_SUPPORTED, algorithm_key=algorithms.NO_QUANTIZE)
    return tool


def _float16(types: Any) -> Any:
    return types.OpQuantizationConfig(
        weight_tensor_config=types.TensorQuantizationConfig(num_bits=16, dtype=types.TensorDataType.FLOAT),
        compute_precision=types.ComputePrecision.FLOAT,
        explicit_dequantize=True,
    )


def _one_scale(types: Any, precision: Precision) -> Any:
    """Return the configuration of an op whose weights have one scale for all, as older runtimes read them."""
    weights = types.TensorQuantizationConfig(num_bits=8, symmetric=True, granularity=types.QuantGranularity.TENSORWISE)
    activations = types.TensorQuantizationConfig(num_bits=8, symmetric=False) if precision.calibrated else None
    return types.OpQuantizationConfig(
        activation_tensor_config=activations,
        weight_tensor_config=weights,
        compute_precision=types.ComputePrecision.INTEGER,
    )


def _blocks(types: Any, precision: Precision) -> Any:
    granularity = types.QuantGranularity[f"BLOCKWISE_{precision.block}"]
    weights = types.TensorQuantizationConfig(num_bits=precision.weight_bits, symmetric=True, granularity=granularity)
    return types.OpQuantizationConfig(weight_tensor_config=weights, compute_precision=types.ComputePrecision.INTEGER)


def _weights(types: Any, *, bits: int, integer: bool = False) -> Any:
    """Return the configuration of integer weights, with integer or float arithmetic; small ones stay float."""
    weights = types.TensorQuantizationConfig(
        num_bits=bits, symmetric=True, granularity=types.QuantGranularity.CHANNELWISE
    )
    return types.OpQuantizationConfig(
        weight_tensor_config=weights,
        compute_precision=types.ComputePrecision.INTEGER if integer else types.ComputePrecision.FLOAT,
        explicit_dequantize=not integer,
        min_weight_elements=MIN_WEIGHTS,
    )
