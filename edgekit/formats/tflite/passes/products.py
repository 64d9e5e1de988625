"""Negations and squares, which have no integer kernels, as products, which have."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.formats.tflite.graph import FLOAT32, operator_type
from edgekit.system.optional import require

KINDS = ("NEG", "SQUARE")


def use_products(loaded: Any) -> None:
    """Write ``-x`` as ``x * -1`` and the square of ``x`` as ``x * x`` in a float graph, a ``ModelT``."""
    operators = [
        (graph, operator)
        for graph in loaded.subgraphs
        for operator in graph.operators
        if operator_type(loaded, operator) in KINDS and graph.tensors[operator.inputs[0]].type == FLOAT32
    ]
    if not operators:
        return
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.MUL
    code.version = 1
    loaded.operatorCodes.append(code)
    for graph, operator in operators:
        (source,) = operator.inputs
        other = source if operator_type(loaded, operator) == "SQUARE" else _minus_one(loaded, graph, schema)
        operator.inputs, operator.opcodeIndex = [source, other], len(loaded.operatorCodes) - 1
        operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.MulOptions, schema.MulOptionsT()


def _minus_one(loaded: Any, graph: Any, schema: Any) -> int:
    """Add a constant to a graph, and return its index."""
    buffer, tensor = schema.BufferT(), schema.TensorT()
    buffer.data = np.frombuffer(np.float32(-1).tobytes(), np.uint8)
    loaded.buffers.append(buffer)
    tensor.name, tensor.type = f"minus_one_{len(graph.tensors)}".encode(), FLOAT32
    tensor.shape, tensor.buffer = np.zeros(0, np.int32), len(loaded.buffers) - 1
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1
