"""Parts of a TFLite file that run by themselves: a prefix up to a tensor, or one operator alone.

Reading the tensors inside a running model changes which kernels are fused, and so what is measured; a part is a file of
its own and runs as it would in the whole.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.formats.tflite.graph import operator_type, read_graph, write_graph
from edgekit.quantization.affine import TensorDetail, dequantize, quantize
from edgekit.system.optional import require

Array = NDArray[Any]


def name_of(graph: Any, index: int) -> str:
    """Return a tensor's name."""
    name: bytes = graph.tensors[index].name
    return name.decode()


def constant(loaded: Any, index: int) -> bool:
    """Whether a tensor of the main graph has its values in the file."""
    data = loaded.buffers[loaded.subgraphs[0].tensors[index].buffer].data
    return data is not None and len(data) > 0


def prefix(loaded: Any, outputs: Sequence[int]) -> bytes:
    """Return a file of the operators that some tensors of the main graph are computed by."""
    graph = loaded.subgraphs[0]
    makers = {int(index): number for number, op in enumerate(graph.operators) for index in op.outputs}
    pending, numbers = [int(index) for index in outputs], set[int]()
    while pending:
        number = makers.get(pending.pop())
        if number is not None and number not in numbers:
            numbers.add(number)
            pending += [int(index) for index in graph.operators[number].inputs if index >= 0]
    return part(loaded, sorted(numbers), [int(index) for index in graph.inputs], outputs)


def single(loaded: Any, number: int) -> bytes:
    """Return a file of one operator, whose inputs are the tensors that it computes with and that are no constants."""
    graph = loaded.subgraphs[0]
    operator = graph.operators[number]
    operands = [int(index) for index in operator.inputs if index >= 0]
    unpackers = [
        maker for maker, op in enumerate(graph.operators) if _unpacks(loaded, op) and op.outputs[0] in operands
    ]
    unpacked = [int(graph.operators[maker].outputs[0]) for maker in unpackers]
    inputs = [index for index in operands if index not in unpacked and not constant(loaded, index)]
    return part(loaded, [*unpackers, number], list(dict.fromkeys(inputs)), [int(index) for index in operator.outputs])


def stored(loaded: Any, index: int) -> int:
    """Return the constant that a tensor is unpacked from by a DEQUANTIZE or DENSIFY; another tensor as it is."""
    for operator in loaded.subgraphs[0].operators:
        if operator.outputs[0] == index and _unpacks(loaded, operator):
            return int(operator.inputs[0])
    return index


def _unpacks(loaded: Any, operator: Any) -> bool:
    return operator_type(loaded, operator) in ("DEQUANTIZE", "DENSIFY") and constant(loaded, int(operator.inputs[0]))


def part(loaded: Any, numbers: Sequence[int], inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
    """Return a file with some operators of the main graph, in their order."""
    schema = require("ai_edge_litert.schema_py_generated", asked="cutting a TFLite file", extra="convert")
    graph, model, small = loaded.subgraphs[0], schema.ModelT(), schema.SubGraphT()
    model.version, model.operatorCodes, model.buffers = loaded.version, loaded.operatorCodes, [schema.BufferT()]
    model.subgraphs, small.tensors, small.operators = [small], [], []
    indices: dict[int, int] = {}  # of tensors there, by those here

    def moved(index: int) -> int:
        if index < 0:
            return index
        if index not in indices:
            tensor = copy.copy(graph.tensors[index])
            data = loaded.buffers[tensor.buffer]
            tensor.buffer = 0
            if data.data is not None and len(data.data):
                model.buffers.append(data)
                tensor.buffer = len(model.buffers) - 1
            small.tensors.append(tensor)
            indices[index] = len(small.tensors) - 1
        return indices[index]

    for number in numbers:
        operator = copy.copy(graph.operators[number])
        operator.inputs = [moved(int(index)) for index in operator.inputs]
        operator.outputs = [moved(int(index)) for index in operator.outputs]
        small.operators.append(operator)
    small.inputs, small.outputs = [moved(index) for index in inputs], [moved(int(index)) for index in outputs]
    return write_graph(model)


def tensor_feeds(model: bytes, batches: Iterable[Mapping[str, Array]]) -> list[dict[str, Array]]:
    """Return batches, which go by the names of a file's signature, by those of its input tensors."""
    loaded = read_graph(model)
    graph = loaded.subgraphs[0]
    names = {port.name.decode(): name_of(graph, port.tensorIndex) for port in loaded.signatureDefs[0].inputs}
    feeds = []
    for batch in batches:
        feeds.append({names[key]: values for key, values in batch.items()})
    return feeds


class Runner:
    """A TFLite file that runs sample by sample; tensors go in and come out by name, as floats.

    Args:
        model: The file.
        delegate: Whether XNNPACK runs what it can, as by default on every platform.
        inside: Whether all tensors can be read afterwards.
    """

    def __init__(self, model: bytes, *, delegate: bool = True, inside: bool = False) -> None:
        litert = require("ai_edge_litert.interpreter", asked="edgekit debug", extra="litert")
        kinds = litert.OpResolverType
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that kept tensors are for debugging, and take memory
            self.interpreter = litert.Interpreter(
                model_content=model,
                num_threads=1,
                experimental_preserve_all_tensors=inside,
                experimental_op_resolver_type=kinds.AUTO if delegate else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            )
        self.interpreter.allocate_tensors()
        self.inputs = {detail["name"]: detail for detail in self.interpreter.get_input_details()}
        self.outputs = {detail["name"]: detail for detail in self.interpreter.get_output_details()}

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs for one sample; integers are quantized on the way in, and made floats on the way out."""
        self._feed(feeds)
        self.interpreter.invoke()
        return {name: self._float(detail) for name, detail in self.outputs.items()}

    def tensors(self, names: Sequence[str]) -> dict[str, Array]:
        """Return tensors of the run before, as floats."""
        details = {detail["name"]: detail for detail in self.interpreter.get_tensor_details()}
        return {name: self._float(details[name]) for name in names if name in details}

    def _feed(self, feeds: Mapping[str, Array]) -> None:
        shaped = {name: np.asarray(feeds[name]) for name in self.inputs}
        if any(tuple(self.inputs[name]["shape"]) != value.shape for name, value in shaped.items()):
            for name, value in shaped.items():
                self.interpreter.resize_tensor_input(self.inputs[name]["index"], value.shape)
            self.interpreter.allocate_tensors()
            self.inputs = {detail["name"]: detail for detail in self.interpreter.get_input_details()}
        for name, value in shaped.items():
            detail = self.inputs[name]
            self.interpreter.set_tensor(detail["index"], quantized(value, detail))

    def _float(self, detail: TensorDetail) -> Array:
        return dequantized(self.interpreter.get_tensor(detail["index"]), detail)


def quantized(values: Array, detail: TensorDetail) -> Array:
    """Return values as a tensor stores them, by what an interpreter says of it."""
    dtype, (scale, zero_point) = np.dtype(detail["dtype"]), detail["quantization"]
    if not scale or values.dtype.kind != "f" or dtype.kind not in "iu":
        return values.astype(dtype)
    return quantize(values, scale=scale, zero_point=zero_point, dtype=dtype)


def dequantized(values: Array, detail: TensorDetail) -> Array:
    """Return stored values as floats, by what an interpreter says of their tensor."""
    scale, zero_point = detail["quantization"]
    if not scale or values.dtype.kind not in "iu":
        return values
    return dequantize(values, scale=scale, zero_point=zero_point)


def quantization_of(tensor: Any) -> tuple[Array, Array, int] | None:
    """Return scales, zero points and axis of a tensor in a file; None if it is not quantized."""
    parameters = tensor.quantization
    if parameters is None or parameters.scale is None or not len(parameters.scale):
        return None
    scale = np.asarray(parameters.scale, np.float64)
    zero = np.asarray(parameters.zeroPoint if parameters.zeroPoint is not None else np.zeros(len(scale)), np.float64)
    return scale, zero, int(parameters.quantizedDimension or 0)
