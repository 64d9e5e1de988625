"""Tables of embeddings: gathers become the op that may keep its table in integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.formats.tflite.graph import opcode
from edgekit.system.optional import require


def use_embedding_lookups(loaded: Any) -> None:
    """Turn each gather of whole rows from a float table by ids into an EMBEDDING_LOOKUP.

    The two ops give the same rows, but only EMBEDDING_LOOKUP may keep its table in integers and give floats. It takes a
    list of ids; a matrix of them is made a list before, and the rows a matrix after.
    """
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    for graph in loaded.subgraphs:
        for operator in list(graph.operators):
            if loaded.operatorCodes[operator.opcodeIndex].builtinCode != schema.BuiltinOperator.GATHER:
                continue
            table, ids = (graph.tensors[index] for index in operator.inputs[:2])
            options = operator.builtinOptions
            whole_rows = len(table.shape) == 2 and _one_free_size(ids) and not (options.axis or options.batchDims)
            is_table = table.type == schema.TensorType.FLOAT32 and loaded.buffers[table.buffer].data is not None
            if whole_rows and is_table and ids.type == schema.TensorType.INT32:
                operator.opcodeIndex = opcode(loaded, schema.BuiltinOperator.EMBEDDING_LOOKUP, 1)
                operator.inputs = [operator.inputs[1], operator.inputs[0]]
                operator.builtinOptions, operator.builtinOptionsType = None, schema.BuiltinOptions.NONE
                if len(ids.shape) > 1:
                    _list_ids(loaded, graph, operator)


def _one_free_size(tensor: Any) -> bool:
    """Whether a tensor has axes, and none but the first may be of any size."""
    sizes = tensor.shape if tensor.shapeSignature is None else tensor.shapeSignature
    return len(sizes) > 0 and all(size > 0 for size in sizes[1:])


def _list_ids(loaded: Any, graph: Any, lookup: Any) -> None:
    """Put a RESHAPE of the ids to a list before a lookup, and one of the rows to the ids' axes after it."""
    ids, rows = lookup.inputs[0], lookup.outputs[0]
    width, inner = int(graph.tensors[rows].shape[-1]), [int(size) for size in graph.tensors[ids].shape[1:]]
    count = int(np.prod(graph.tensors[ids].shape))
    listed = _like(graph, graph.tensors[ids], "list", [count], [-1])
    flat_rows = _like(graph, graph.tensors[rows], "rows", [count, width], [-1, width])
    lookup.inputs, lookup.outputs = [listed, lookup.inputs[1]], [flat_rows]
    position = next(index for index, operator in enumerate(graph.operators) if operator is lookup)
    graph.operators.insert(position + 1, _reshape(loaded, graph, flat_rows, rows, [-1, *inner, width]))
    graph.operators.insert(position, _reshape(loaded, graph, ids, listed, [-1]))


def _like(graph: Any, tensor: Any, suffix: str, shape: list[int], signature: list[int]) -> int:
    """Add a tensor of another's type, and return its index."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    copy = schema.TensorT()
    copy.name = tensor.name + b"/" + suffix.encode()
    copy.type, copy.shape, copy.shapeSignature = tensor.type, shape, signature
    graph.tensors.append(copy)
    return len(graph.tensors) - 1


def _reshape(loaded: Any, graph: Any, source: int, target: int, shape: list[int]) -> Any:
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.array(shape, "<i4").tobytes(), np.uint8)
    loaded.buffers.append(buffer)
    sizes = schema.TensorT()
    sizes.name = graph.tensors[target].name + b"/shape"
    sizes.type, sizes.shape, sizes.buffer = schema.TensorType.INT32, [len(shape)], len(loaded.buffers) - 1
    graph.tensors.append(sizes)
    operator = schema.OperatorT()
    operator.opcodeIndex = opcode(loaded, schema.BuiltinOperator.RESHAPE, 1)
    operator.inputs, operator.outputs = [source, len(graph.tensors) - 1], [target]
    operator.builtinOptionsType, operator.builtinOptions = (
        schema.BuiltinOptions.ReshapeOptions,
        schema.ReshapeOptionsT(),
    )
    operator.builtinOptions.newShape = shape
    return operator
