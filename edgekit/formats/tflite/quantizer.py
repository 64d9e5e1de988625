"""How a float TFLite file is quantized: what ai-edge-quantizer is told for each precision, and what it must not do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgekit.formats.tflite.graph import read_graph, write_graph
from edgekit.formats.tflite.passes.stand_ins import Codes, put_stand_ins, remove_stand_ins
from edgekit.formats.tflite.statistics import Statistics
from edgekit.quantization.precision import Precision
from edgekit.system.optional import require

MIN_WEIGHTS = 1024
"""Smaller weights stay float where arithmetic is in float: their bytes do not matter, their accuracy does."""
BLOCK_OPS = ("FULLY_CONNECTED",)
"""Ops whose kernels take a scale for each block of weights."""


def quantized(
    loaded: Any,
    precision: Precision,
    ranges: Statistics | None,
    *,
    float_edges: Sequence[str],
    overrides: Mapping[str, str],
) -> Any:
    """Return a graph in which a precision's integers stand for floats; all else is as in the graph.

    Args:
        loaded: The float graph, a ``ModelT``.
        precision: Other than ``fp32``.
        ranges: Of the activations, where they become integers; else None.
        float_edges: Edges of the graph, INPUT or OUTPUT, that stay float.
        overrides: Names of operators that are quantized less, and what they are left at.
    """
    task = f"tflite-{precision.name}"
    graphs = require("ai_edge_quantizer.utils.tfl_flatbuffer_utils", asked=task, extra="convert")
    parameters = require("ai_edge_quantizer.params_generator", asked=task, extra="convert")
    modifier = require("ai_edge_quantizer.model_modifier", asked=task, extra="convert")
    recipe = _recipe(task, precision, float_edges, overrides)
    codes: Codes = {}
    if ranges is not None and precision.activation_bits == 8:
        codes = put_stand_ins(loaded, ranges, wide=precision.integer_edges)
    # Its class Quantizer does these steps too, after it has loaded an interpreter, which takes no stand-ins.
    source = graphs.read_model(memoryview(write_graph(loaded)))
    steps = parameters.ParamsGenerator(source).generate_quantization_parameters(recipe, ranges, False)
    model = read_graph(bytes(modifier.ModelModifier(source).modify_model(steps, enable_progress_bar=False)))
    for graph in (loaded, model):
        remove_stand_ins(graph, codes)
    return model


def _recipe(task: str, precision: Precision, float_edges: Sequence[str], overrides: Mapping[str, str]) -> Any:
    """Return the rules by operator; of several for one the last counts, so they go from the general to the particular.

    Args:
        task: What is made, for an error where the quantizer is missing.
        precision: As `quantized` takes it.
        float_edges: The same.
        overrides: The same.
    """
    manager = require("ai_edge_quantizer.recipe_manager", asked=task, extra="convert").RecipeManager()
    algorithms = require("ai_edge_quantizer.algorithm_manager", asked=task, extra="convert").AlgorithmName
    recipe = require("ai_edge_quantizer.recipe", asked=task, extra="convert")
    types = require("ai_edge_quantizer.qtyping", asked=task, extra="convert")
    ops, add = types.TFLOperationName, manager.add_quantization_config
    if precision.tflite.recipe is not None:
        manager.load_quantization_recipe(getattr(recipe, precision.tflite.recipe)())
    elif precision.integer_weights:
        add(".*", ops.ALL_SUPPORTED, _weights(types, bits=precision.weight_bits))
    else:
        add(".*", ops.ALL_SUPPORTED, _float16(types), algorithms.FLOAT_CASTING)
    if precision.block is not None:
        for kind in BLOCK_OPS:
            add(".*", ops[kind], _blocks(types, precision))
    for kind in precision.tflite.one_scale:
        add(".*", ops[kind], _one_scale(types, precision))
    for kind in (*float_edges, *precision.tflite.float_ops):
        add(".*", ops[kind], algorithm_key=algorithms.NO_QUANTIZE)
    for name, level in overrides.items():
        # The quantizer searches the pattern in the names of an operator's outputs, each ended by a semicolon.
        pattern = f"(^|;){re.escape(name)};"
        if level == "int8":
            add(pattern, ops.ALL_SUPPORTED, _weights(types, bits=8, integer=precision.integer_activations))
        else:
            add(pattern, ops.ALL_SUPPORTED, algorithm_key=algorithms.NO_QUANTIZE)
    return manager


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
