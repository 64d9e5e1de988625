"""Sizes that are fixed, and what they make constant: the Edge TPU, GPU delegates, NPUs and browsers take no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.shape import Shape
from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import operator_type, write_graph
from edgekit.system.optional import require, silenced_stderr
from edgekit.system.printable import reason_of

SIZES = ("SHAPE", "RANK")
"""Operators that read nothing of a tensor but its sizes."""
SIZED_BY_VALUES = ("WHERE", "UNIQUE", "NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", "RANGE")
"""Operators that give as many elements as the values that they read say."""
SIZED_BY_FIRST = ("FILL", "TRANSPOSE_CONV")
"""Operators whose first input says the sizes of what they give."""
SIZED_BY_REST = ("RESHAPE", "SLICE", "STRIDED_SLICE", "TILE", "BROADCAST_TO", "PAD", "PADV2")
"""Operators whose inputs behind the first say them."""


def fix_sizes(loaded: Any, shapes: Mapping[str, Sequence[int]]) -> set[str]:
    """Fix every free size of a graph, and store what has become constant by that in place of what computed it.

    Args:
        loaded: A float graph, a ``ModelT``.
        shapes: The shape of each input, by its name in the signature.

    Returns:
        The names of the tensors that have become constant.
    """
    constant = set[str]()
    graph = loaded.subgraphs[0]
    planned = {index: list(shapes[name]) for name, index in input_tensors(loaded).items()}
    unplanned = any(list(graph.tensors[index].shape) != shape for index, shape in planned.items())
    if unplanned or any(operator_type(loaded, operator) in SIZES for operator in graph.operators):
        interpreter = _run(loaded, planned)
        for index, detail in ((int(detail["index"]), detail) for detail in interpreter.get_tensor_details()):
            if index < len(graph.tensors) and graph.tensors[index].shape is not None:
                graph.tensors[index].shape = np.asarray(detail["shape"], np.int32)
        constant = {graph.tensors[index].name.decode() for index in _fold(loaded, interpreter)}
    for subgraph in loaded.subgraphs:
        for tensor in subgraph.tensors:
            tensor.shapeSignature = None
    return constant


def signature_shapes(loaded: Any) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """Return the shapes of the inputs and of the outputs of a graph whose sizes are fixed, by name."""
    tensors, signature = loaded.subgraphs[0].tensors, _signature(loaded)

    def shapes(ports: Any) -> dict[str, Shape]:
        return {entry.name.decode(): tuple(int(size) for size in tensors[entry.tensorIndex].shape) for entry in ports}

    return shapes(signature.inputs), shapes(signature.outputs)


def input_tensors(loaded: Any) -> dict[str, int]:
    """Return the tensors of the main graph's inputs, by their names in the signature."""
    return {entry.name.decode(): int(entry.tensorIndex) for entry in _signature(loaded).inputs}


def _signature(loaded: Any) -> Any:
    return next(entry for entry in loaded.signatureDefs if entry.subgraphIndex == 0)


def _run(loaded: Any, shapes: Mapping[int, Sequence[int]]) -> Any:
    """Run a graph once on zeros of these shapes, and return the interpreter with every tensor as it was left."""
    litert = require("ai_edge_litert.interpreter", asked="fixing the sizes of a TFLite file", extra="convert")
    with silenced_stderr():
        interpreter = litert.Interpreter(
            model_content=write_graph(loaded),
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        for index, shape in shapes.items():
            interpreter.resize_tensor_input(index, shape)
        try:
            interpreter.allocate_tensors()
            for detail in interpreter.get_input_details():
                interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
            interpreter.invoke()
        except (RuntimeError, ValueError) as error:
            raise ConversionError(
                f"its sizes depend on the sample and cannot be fixed: {reason_of(error)}; take one with free sizes"
            ) from error
    return interpreter


def _fold(loaded: Any, interpreter: Any) -> set[int]:
    """Replace the operators whose results no input's values decide by these results, and return their tensors."""
    graph = loaded.subgraphs[0]
    stored = {index for index, tensor in enumerate(graph.tensors) if _has_values(loaded, tensor)} | {-1}
    constant = set(stored)
    free, remaining = set[int](), []
    for operator in graph.operators:
        kind, sources = operator_type(loaded, operator), [int(index) for index in operator.inputs]
        outputs = [int(index) for index in operator.outputs]
        if free.intersection(sources) or _sized_by_values(kind, sources, constant):
            free.update(outputs)
        elif kind in SIZES or (constant.issuperset(sources) and _computes(kind)):
            for index in outputs:
                _store(loaded, graph.tensors[index], interpreter.get_tensor(index))
            constant.update(outputs)
            continue
        remaining.append(operator)
    graph.operators = _read(graph, remaining)
    return constant - stored


def _read(graph: Any, operators: Sequence[Any]) -> list[Any]:
    """Return the operators without those that only folded ones read, such as what nothing but the sizes was read of."""
    needed, kept = set(map(int, graph.outputs)), []
    for operator in reversed(operators):
        if not len(operator.outputs) or needed.intersection(map(int, operator.outputs)):
            needed.update(map(int, operator.inputs))
            kept.append(operator)
    return kept[::-1]


def _sized_by_values(kind: str, sources: Sequence[int], constant: set[int]) -> bool:
    """Whether the sizes of an operator's results are decided by values that are not constant."""
    if kind in SIZED_BY_VALUES:
        return not constant.issuperset(sources)
    if kind in SIZED_BY_FIRST:
        return sources[0] not in constant
    return kind in SIZED_BY_REST and not constant.issuperset(sources[1:])


def _computes(kind: str) -> bool:
    """Whether an operator without inputs of its own gives the same each time, and is no way to store weights."""
    return kind not in ("DEQUANTIZE", "DENSIFY", "WHILE", "IF", "CALL_ONCE", "VAR_HANDLE", "CUSTOM", "RANDOM_UNIFORM")


def _has_values(loaded: Any, tensor: Any) -> bool:
    data = loaded.buffers[tensor.buffer].data
    return data is not None and len(data) > 0


def _store(loaded: Any, tensor: Any, values: NDArray[Any]) -> None:
    """Make a tensor a constant."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
    loaded.buffers.append(buffer)
    tensor.buffer, tensor.shape = len(loaded.buffers) - 1, np.asarray(values.shape, np.int32)
