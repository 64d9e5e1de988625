"""Inputs that are cast to floats first: their integers become the scaled ones that a quantized graph starts with."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.formats.tflite.graph import FLOAT32, operator_type
from edgekit.formats.tflite.statistics import Statistics
from edgekit.system.optional import require

WHOLE_RANGE = {"UINT8": (0.0, 255.0), "INT8": (-128.0, 127.0)}
"""The values of types of 8 bits: with just these 256 steps no integer is rounded."""
INTEGERS = (*WHOLE_RANGE, "INT16", "INT32", "INT64")


def drop_casts(loaded: Any, ranges: Statistics) -> set[str]:
    """Let each integer input that only casts read begin behind them, and return the names of those inputs.

    Args:
        loaded: A float graph, a ``ModelT``.
        ranges: Of its activations; those of inputs of 8 bits become the whole range of their type.
    """
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    types = {getattr(schema.TensorType, name): name for name in INTEGERS}
    graph, names = loaded.subgraphs[0], set()
    for position, index in enumerate(list(graph.inputs)):
        kind = types.get(graph.tensors[index].type)
        readers = [operator for operator in graph.operators if index in operator.inputs]
        if kind is None or not readers or not all(_to_float(loaded, graph, reader) for reader in readers):
            continue
        values = [int(reader.outputs[0]) for reader in readers]
        graph.operators = [operator for operator in graph.operators if operator not in readers]
        for operator in graph.operators:
            operator.inputs = [values[0] if source in values else source for source in operator.inputs]
        graph.inputs = [*graph.inputs[:position], values[0], *graph.inputs[position + 1 :]]
        names |= _renumbered(loaded, int(index), values[0])
        tensor = graph.tensors[values[0]].name.decode()
        if kind in WHOLE_RANGE and tensor in ranges:
            for end, bound in zip(("min", "max"), WHOLE_RANGE[kind], strict=True):
                ranges[tensor][end] = np.full_like(ranges[tensor][end], bound)
    return names


def _to_float(loaded: Any, graph: Any, operator: Any) -> bool:
    output = int(operator.outputs[0])
    made = graph.tensors[output].type == FLOAT32 and output not in graph.outputs
    return bool(operator_type(loaded, operator) == "CAST" and made)


def _renumbered(loaded: Any, old: int, new: int) -> set[str]:
    """Point the signature's input at another tensor, and return its name."""
    entries = [
        entry for signature in loaded.signatureDefs if signature.subgraphIndex == 0 for entry in signature.inputs
    ]
    moved = [entry for entry in entries if entry.tensorIndex == old]
    for entry in moved:
        entry.tensorIndex = new
    return {entry.name.decode() for entry in moved}
