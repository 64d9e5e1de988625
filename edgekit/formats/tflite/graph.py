"""The graph in a TFLite file: read, changed and written back by the schema that LiteRT carries."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.formats.tflite.packing import pack
from edgekit.models.weights import Weights
from edgekit.system.optional import require


def read_graph(model: bytes) -> Any:
    """Return the file as the schema's ``ModelT``, all buffers in it.

    A writer may keep weights behind the flatbuffer, by offset; those are copied in, since packing drops them.
    """
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    loaded = schema.ModelT.InitFromPackedBuf(model, 0)
    for buffer in loaded.buffers:
        if buffer.offset > 1:  # 0 and 1 mean "not behind the flatbuffer"
            buffer.data = np.frombuffer(model, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return loaded


def write_graph(loaded: Any) -> bytes:
    """Return a ``ModelT`` as the bytes of a file."""
    return pack(loaded)


def operator_names(loaded: Any) -> list[str]:
    """Return the names of the operators of the main graph: those of their outputs, as the converter named them."""
    graph, names = loaded.subgraphs[0], []
    for operator in graph.operators:
        outputs = [graph.tensors[index].name.decode() for index in operator.outputs if index >= 0]
        names.append(";".join(outputs))
    return names


def operator_types(model: bytes) -> list[str]:
    """Return the types of the operators of the main graph, such as ``CONV_2D``."""
    loaded = read_graph(model)
    return [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators]


def float_islands(loaded: Any) -> list[str]:
    """Return the types of the operators that compute in float in a file with integer activations; else none."""
    graph = loaded.subgraphs[0]
    constants = {i for i, tensor in enumerate(graph.tensors) if loaded.buffers[tensor.buffer].data is not None}
    kinds: dict[bool, list[str]] = {True: [], False: []}
    for operator in graph.operators:
        kind = operator_type(loaded, operator)
        used = [int(i) for i in (*operator.inputs, *operator.outputs) if i >= 0 and int(i) not in constants]
        types = {graph.tensors[index].type for index in used}
        if kind not in ("QUANTIZE", "DEQUANTIZE") and types & {FLOAT32, *INTEGERS}:
            kinds[FLOAT32 in types].append(kind)
    return kinds[True] if kinds[False] else []


def operator_type(loaded: Any, operator: Any) -> str:
    """Return the type of an operator of a ``ModelT``."""
    return code_name(loaded.operatorCodes[operator.opcodeIndex])


def code_name(code: Any) -> str:
    """Return the type that an operator code of a ``ModelT`` stands for."""
    return _operator_names()[max(code.builtinCode, code.deprecatedBuiltinCode)]


@functools.cache
def _operator_names() -> dict[int, str]:
    schema = require("ai_edge_litert.schema_py_generated", asked="reading a TFLite file", extra="convert")
    return {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}


FLOAT32, INTEGERS = 0, (7, 9)
"""Codes of float32, and of int16 and int8, in the schema's TensorType."""
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL")


def weights_of(loaded: Any) -> Iterator[Weights]:
    """Return the constant weights of convolutions and products of the main graph, as they are stored.

    What is stored as float16, in 4 bits or without its zeros is read through the DEQUANTIZE or DENSIFY before it.
    """
    graph = loaded.subgraphs[0]
    for operator, kind, tensor in weighted_operators(loaded):
        values = constant_values(loaded, tensor)
        if values is None:
            continue
        options = operator.builtinOptions
        pointwise = kind == "CONV_2D" and list(tensor.shape[1:3]) == [1, 1] and options.strideH == options.strideW == 1
        stem = kind == "CONV_2D" and list(tensor.shape[1:3]) == [3, 3] and options.strideH == options.strideW == 2
        name = graph.tensors[operator.outputs[0]].name.decode()
        encoded = tensor.sparsity is not None
        yield Weights(name=name, op=kind, values=values, pointwise=pointwise, stem=stem, encoded=encoded)


def weighted_operators(loaded: Any) -> Iterator[tuple[Any, str, Any]]:
    """Return the convolutions and products of the main graph with their types, and the tensors of their weights.

    Of what is stored as float16, in 4 bits or without its zeros it is the tensor before the DEQUANTIZE or DENSIFY.
    """
    graph = loaded.subgraphs[0]
    types = [operator_type(loaded, operator) for operator in graph.operators]
    makers = {
        int(op.outputs[0]): int(op.inputs[0])
        for op, kind in zip(graph.operators, types, strict=True)
        if kind in ("DEQUANTIZE", "DENSIFY")
    }
    for operator, kind in zip(graph.operators, types, strict=True):
        if kind in WEIGHTED:
            index = int(operator.inputs[1])
            while index in makers:
                index = makers[index]
            yield operator, kind, graph.tensors[index]


def constant_values(loaded: Any, tensor: Any) -> NDArray[Any] | None:
    """Return the values of a constant tensor as they are stored; None if it is none, or of another type."""
    schema = require("ai_edge_litert.schema_py_generated", asked="reading a TFLite file", extra="convert")
    data = loaded.buffers[tensor.buffer].data
    kinds = {
        schema.TensorType.FLOAT32: np.float32,
        schema.TensorType.FLOAT16: np.float16,
        schema.TensorType.INT8: np.int8,
        schema.TensorType.UINT8: np.uint8,
        schema.TensorType.INT16: np.int16,
        schema.TensorType.INT32: np.int32,
        schema.TensorType.INT64: np.int64,
    }
    if data is None or not len(data):
        return None
    raw = np.asarray(data, np.uint8)
    if tensor.type == schema.TensorType.INT4:
        pairs = np.stack([raw & 0x0F, raw >> 4], axis=-1).ravel()[: int(np.prod(tensor.shape))]
        return ((pairs.astype(np.int8) ^ 8) - 8).reshape(tensor.shape)
    if tensor.type not in kinds:
        return None
    values = raw.view(kinds[tensor.type])
    if tensor.sparsity is not None:  # the zeros are not in the file
        dense = np.zeros(int(np.prod(tensor.shape)), values.dtype)
        dense[: values.size] = values
        return dense
    return values.reshape([] if tensor.shape is None else tensor.shape)


def store_integers(loaded: Any, tensor: Any, values: NDArray[np.int8]) -> None:
    """Change the values of a constant tensor of 8 or 4 bits; two of 4 bits share a byte, the first in its low half."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    flat: NDArray[np.uint8] = np.ascontiguousarray(values, np.int8).ravel().view(np.uint8)
    if tensor.type == schema.TensorType.INT4:
        pairs = np.append(flat, np.zeros(flat.size % 2, np.uint8)) & 0x0F
        flat = (pairs[0::2] | (pairs[1::2] << 4)).astype(np.uint8)
    loaded.buffers[tensor.buffer].data = flat


def block_scales(loaded: Any, tensor: Any) -> Any:
    """Return the tensor with the scales of a tensor that is scaled in blocks; None of others."""
    details = None if tensor.quantization is None else tensor.quantization.details
    scales = getattr(details, "scales", None)
    return None if scales is None else loaded.subgraphs[0].tensors[scales]


def opcode(loaded: Any, code: int, version: int) -> int:
    """Return the index of a builtin among the file's operator codes, at least of a version; add it if it lacks."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    for index, entry in enumerate(loaded.operatorCodes):
        if entry.builtinCode == code:
            entry.version = max(entry.version, version)
            return index
    added = schema.OperatorCodeT()
    added.builtinCode = added.deprecatedBuiltinCode = code
    added.version = version
    loaded.operatorCodes.append(added)
    return len(loaded.operatorCodes) - 1
