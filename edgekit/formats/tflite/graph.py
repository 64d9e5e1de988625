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

DEQUANTIZE_VERSIONS = {"INT8": 2, "INT16": 3}
"""The first version of DEQUANTIZE that takes a type (tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc)."""


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


def operator_names(model: bytes) -> list[str]:
    """Return the names of the operators of the main graph: those of their outputs, as the converter named them."""
    graph = read_graph(model).subgraphs[0]
    return [";".join(graph.tensors[i].name.decode() for i in op.outputs if i >= 0) for op in graph.operators]


def operator_types(model: bytes) -> list[str]:
    """Return the types of the operators of the main graph, such as ``CONV_2D``."""
    loaded = read_graph(model)
    return [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators]


def float_islands(model: bytes) -> list[str]:
    """Return the types of the operators that compute in float in a file with integer activations; else none."""
    loaded = read_graph(model)
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


FLOAT32, INTEGERS = 0, (7, 9)
"""Codes of float32, and of int16 and int8, in the schema's TensorType."""


def operator_type(loaded: Any, operator: Any) -> str:
    """Return the type of an operator of a ``ModelT``."""
    code = loaded.operatorCodes[operator.opcodeIndex]
    return _operator_names()[max(code.builtinCode, code.deprecatedBuiltinCode)]


@functools.cache
def _operator_names() -> dict[int, str]:
    schema = require("ai_edge_litert.schema_py_generated", asked="reading a TFLite file", extra="convert")
    return {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}


WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL")


def weights_of(model: bytes) -> Iterator[Weights]:
    """Return the constant weights of convolutions and products of the main graph, as they are stored.

    What is stored as float16, in 4 bits or without its zeros is read through the DEQUANTIZE or DENSIFY before it.
    """
    loaded = read_graph(model)
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
        schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16,
        schema.TensorType.INT8: np.int8, schema.TensorType.UINT8: np.uint8, schema.TensorType.INT16: np.int16,
        schema.TensorType.INT32: np.int32, schema.TensorType.INT64: np.int64,
    }  # fmt: skip
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
        whole = np.zeros(int(np.prod(tensor.shape)), values.dtype)
        whole[: values.size] = values
        return whole
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


def with_positive_block_scales(model: bytes) -> bytes:
    """Give blocks whose weights are all zero the smallest scale there is: LiteRT 2.3 refuses a scale of zero."""
    loaded, changed = read_graph(model), False
    for _, _, tensor in weighted_operators(loaded):
        scales = block_scales(loaded, tensor)
        values = None if scales is None else constant_values(loaded, scales)
        if values is not None and (values == 0).any():
            filled = np.where(values == 0, np.finfo(values.dtype).tiny, values).astype(values.dtype)
            loaded.buffers[scales.buffer].data, changed = filled.view(np.uint8).ravel(), True
    return write_graph(loaded) if changed else model


def with_fixed_batch(model: bytes) -> bytes:
    """Fix every free size at the 1 that the file is planned for: the Edge TPU takes static sizes only."""
    loaded = read_graph(model)
    for graph in loaded.subgraphs:
        for tensor in graph.tensors:
            tensor.shapeSignature = None
    return write_graph(loaded)


def outputs_used_inside(model: bytes) -> list[str]:
    """Return the names of output tensors that operators of the main graph read too."""
    graph = read_graph(model).subgraphs[0]
    used = {index for operator in graph.operators for index in operator.inputs}
    return [graph.tensors[index].name.decode() for index in graph.outputs if index in used]


def with_float_outputs(model: bytes) -> bytes:
    """End each output of the main graph that is quantized in a DEQUANTIZE, so that callers read float32."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    loaded = read_graph(model)
    graph = loaded.subgraphs[0]
    types = {getattr(schema.TensorType, name): name for name in DEQUANTIZE_VERSIONS}
    graph.outputs = list(graph.outputs)
    for place, index in enumerate(graph.outputs):
        quantized = graph.tensors[index]
        if quantized.type not in types or quantized.quantization is None or quantized.quantization.scale is None:
            continue
        float_copy = schema.TensorT()
        float_copy.shape, float_copy.shapeSignature = quantized.shape, quantized.shapeSignature
        float_copy.type, float_copy.buffer, float_copy.hasRank = schema.TensorType.FLOAT32, 0, quantized.hasRank
        float_copy.name = quantized.name + b"_float"
        graph.tensors.append(float_copy)
        operator = schema.OperatorT()
        operator.opcodeIndex = _opcode(
            loaded, schema.BuiltinOperator.DEQUANTIZE, DEQUANTIZE_VERSIONS[types[quantized.type]]
        )
        operator.inputs, operator.outputs = [index], [len(graph.tensors) - 1]
        graph.operators.append(operator)
        graph.outputs[place] = operator.outputs[0]
        for signature in loaded.signatureDefs:
            for output in signature.outputs:
                if signature.subgraphIndex == 0 and output.tensorIndex == index:
                    output.tensorIndex = operator.outputs[0]
    return write_graph(loaded)


def with_embedding_lookups(model: bytes) -> bytes:
    """Turn each gather of whole rows from a float table by ids into an EMBEDDING_LOOKUP.

    The two ops give the same rows, but only EMBEDDING_LOOKUP may keep its table in integers and give floats. It takes a
    list of ids; a matrix of them is made a list before, and the rows a matrix after.
    """
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    loaded = read_graph(model)
    for graph in loaded.subgraphs:
        for operator in list(graph.operators):
            if loaded.operatorCodes[operator.opcodeIndex].builtinCode != schema.BuiltinOperator.GATHER:
                continue
            table, ids = (graph.tensors[index] for index in operator.inputs[:2])
            options = operator.builtinOptions
            whole_rows = len(table.shape) == 2 and _one_free_size(ids) and not (options.axis or options.batchDims)
            is_table = table.type == schema.TensorType.FLOAT32 and loaded.buffers[table.buffer].data is not None
            if whole_rows and is_table and ids.type == schema.TensorType.INT32:
                operator.opcodeIndex = _opcode(loaded, schema.BuiltinOperator.EMBEDDING_LOOKUP, 1)
                operator.inputs = [operator.inputs[1], operator.inputs[0]]
                operator.builtinOptions, operator.builtinOptionsType = None, schema.BuiltinOptions.NONE
                if len(ids.shape) > 1:
                    _list_ids(loaded, graph, operator)
    return write_graph(loaded)


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
    found = _like(graph, graph.tensors[rows], "rows", [count, width], [-1, width])
    lookup.inputs, lookup.outputs = [listed, lookup.inputs[1]], [found]
    place = next(index for index, operator in enumerate(graph.operators) if operator is lookup)
    graph.operators.insert(place + 1, _reshape(loaded, graph, found, rows, [-1, *inner, width]))
    graph.operators.insert(place, _reshape(loaded, graph, ids, listed, [-1]))


def _like(graph: Any, tensor: Any, suffix: str, shape: list[int], signature: list[int]) -> int:
    """Add a tensor of another's type, and return its index."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    made = schema.TensorT()
    made.name = tensor.name + b"/" + suffix.encode()
    made.type, made.shape, made.shapeSignature = tensor.type, shape, signature
    graph.tensors.append(made)
    return len(graph.tensors) - 1


def _reshape(loaded: Any, graph: Any, source: int, target: int, shape: list[int]) -> Any:
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.array(shape, "<i4").tobytes(), np.uint8)
    loaded.buffers.append(buffer)
    wanted = schema.TensorT()
    wanted.name = graph.tensors[target].name + b"/shape"
    wanted.type, wanted.shape, wanted.buffer = schema.TensorType.INT32, [len(shape)], len(loaded.buffers) - 1
    graph.tensors.append(wanted)
    operator = schema.OperatorT()
    operator.opcodeIndex = _opcode(loaded, schema.BuiltinOperator.RESHAPE, 1)
    operator.inputs, operator.outputs = [source, len(graph.tensors) - 1], [target]
    operator.builtinOptionsType, operator.builtinOptions = (
        schema.BuiltinOptions.ReshapeOptions,
        schema.ReshapeOptionsT(),
    )
    operator.builtinOptions.newShape = shape
    return operator


def _opcode(loaded: Any, code: int, version: int) -> int:
    """Return the index of a builtin among the file's operator codes, at least of a version; add it if it lacks."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    for index, known in enumerate(loaded.operatorCodes):
        if known.builtinCode == code:
            known.version = max(known.version, version)
            return index
    added = schema.OperatorCodeT()
    added.builtinCode = added.deprecatedBuiltinCode = code
    added.version = version
    loaded.operatorCodes.append(added)
    return len(loaded.operatorCodes) - 1
