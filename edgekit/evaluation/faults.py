"""Faults as they happen to models that ship, each made on purpose, so that a check can be seen to catch it.

Four places can be wrong: the contract that ships, what an app does with raw inputs before the model, the model file,
and what is done with its answers. A fault that does not apply to a model, such as swapped colours to sentences, is
None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import all_media, medium_of
from edgekit.data.batch import Batch
from edgekit.formats.tflite.graph import (
    constant_values,
    operator_type,
    read_graph,
    store_integers,
    weighted_operators,
    write_graph,
)
from edgekit.system.optional import require

CONTRACT, INPUT, FILE, OUTPUT = "contract", "input", "file", "output"
FLIPPED = 0.001
"""Share of the weights of each operator of which a bit is flipped."""
FIXED_SCALES = ("SOFTMAX", "LOG_SOFTMAX", "LOGISTIC", "TANH", "L2_NORMALIZATION")
"""Operators whose output's scale TFLite's quantization specification fixes."""
ACTIVATIONS = (7, 9)
"""Codes of int16 and int8 in the schema's TensorType."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        name: What it is called.
        place: ``contract``, ``input``, ``file`` or ``output``.
        make: Returns the contract, the inputs, the model file or the outputs with the fault; None: it does not apply.
    """

    name: str
    place: str
    make: Callable[..., Any]


def _in_contract(fault: str) -> Callable[[Contract], Contract | None]:
    """Return what makes the contract of the inputs wrong whose medium knows a fault of that name."""

    def make(contract: Contract) -> Contract | None:
        inputs = [_with_fault(spec, fault) for spec in contract.inputs]
        if all(spec is None for spec in inputs):
            return None
        pairs = zip(inputs, contract.inputs, strict=True)
        return replace(contract, inputs=tuple(new or old for new, old in pairs))

    return make


def _with_fault(spec: InputSpec, fault: str) -> InputSpec | None:
    change = medium_of(spec).contract_faults.get(fault)
    return None if change is None else change(spec)


def _permuted_labels(contract: Contract) -> Contract | None:
    outputs = [
        replace(spec, labels=(*spec.labels[1:], spec.labels[0])) if spec.labels and len(spec.labels) > 1 else spec
        for spec in contract.outputs
    ]
    return None if tuple(outputs) == contract.outputs else replace(contract, outputs=tuple(outputs))


def _in_batch(fault: str) -> Callable[[Contract, Batch], Batch | None]:
    """Return what changes the inputs whose medium knows a fault of that name."""

    def make(contract: Contract, batch: Batch) -> Batch | None:
        changed = {}
        for spec in contract.inputs:
            change = medium_of(spec).input_faults.get(fault)
            values = None if change is None else change(spec, batch[spec.name])
            if values is not None:
                changed[spec.name] = values
        return {**batch, **changed} if changed else None

    return make


def _reordered(contract: Contract, batch: Batch) -> Batch | None:
    """Two outputs of the same shape in each other's place, as by position in place of by name."""
    names = [spec.name for spec in contract.outputs]
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            if batch[first].shape == batch[second].shape:
                return {**batch, first: batch[second], second: batch[first]}
    return None


def _permuted_scores(contract: Contract, batch: Batch) -> Batch | None:
    output = contract.classifier
    return None if output is None else {**batch, output.name: np.roll(batch[output.name], 1, axis=1)}


def _without_softmax(contract: Contract, batch: Batch) -> Batch | None:
    output = contract.classifier
    if output is None or output.meaning != "probabilities":
        return None
    scores = batch[output.name]
    return {**batch, output.name: np.log(np.maximum(scores, 1e-9)).astype(scores.dtype)}


def _in_file(tflite: Callable[[Any], bool], onnx: Callable[[Any], bool]) -> Callable[[bytes], bytes | None]:
    """Return what changes a model file of either format; each part says whether it changed anything."""

    def make(model: bytes) -> bytes | None:
        if model[4:8] == b"TFL3":
            loaded = read_graph(model)
            return write_graph(loaded) if tflite(loaded) else None
        package = require("onnx", asked="a fault in an ONNX file", extra="convert")
        loaded = package.load_from_string(model)
        return bytes(loaded.SerializeToString()) if onnx(loaded) else None

    return make


def _on_weights(change: Callable[[NDArray[Any], int], NDArray[Any]], *, last: bool) -> Callable[..., Any]:
    """Change the weights of the last operator that has some, or of all; ``change`` is told their bits."""

    def tflite(loaded: Any) -> bool:
        constants = {id(tensor): tensor for _, _, tensor in weighted_operators(loaded)}
        found = [(tensor, constant_values(loaded, tensor)) for tensor in constants.values()]
        known = [(tensor, values) for tensor, values in found if values is not None and values.ndim > 1]
        for tensor, values in known[-1:] if last else known:
            packed = len(loaded.buffers[tensor.buffer].data) < values.nbytes
            changed = change(values.copy(), 4 if packed else 8 * values.itemsize)
            if values.dtype == np.int8:
                store_integers(loaded, tensor, changed)
            else:
                loaded.buffers[tensor.buffer].data = np.frombuffer(changed.tobytes(), np.uint8)
        return bool(known)

    def onnx(loaded: Any) -> bool:
        package = require("onnx", asked="a fault in an ONNX file", extra="convert")
        constants = {tensor.name: tensor for tensor in loaded.graph.initializer}
        used = [constants[name] for node in loaded.graph.node for name in node.input if name in constants]
        found = [(tensor, package.numpy_helper.to_array(tensor)) for tensor in {t.name: t for t in used}.values()]
        known = [(tensor, values) for tensor, values in found if values.ndim > 1 and values.dtype.kind in "fiu"]
        for tensor, values in known[-1:] if last else known:
            changed = change(values.copy(), 8 * values.itemsize)
            tensor.CopyFrom(package.numpy_helper.from_array(changed, tensor.name))
        return bool(known)

    return _in_file(tflite, onnx)


def _flip_bits(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Flip the highest bit but one of some weights: a quarter of the range of integers, the exponent of floats."""
    places = np.random.default_rng(0).choice(values.size, max(1, int(FLIPPED * values.size)), replace=False)
    whole = values.reshape(-1).view(f"u{values.dtype.itemsize}")
    whole[places] ^= whole.dtype.type(1 << (bits - 2))
    return values


def _zero_channel(values: NDArray[Any], _: int) -> NDArray[Any]:
    """Zero a channel that comes out: of a matrix ``[in, out]``, which ONNX has, one that goes in."""
    sizes = np.abs(values.astype(np.float64)).reshape(len(values), -1).sum(1)
    values[int(sizes.argmax())] = 0
    return values


def _weights_scale_off(loaded: Any) -> bool:
    """Double the scale of one operator's weights, as when one side reads another's numbers."""
    for _, _, tensor in weighted_operators(loaded):
        quantization = tensor.quantization
        if quantization is not None and quantization.scale is not None and len(quantization.scale):
            quantization.scale = np.asarray(quantization.scale, np.float32) * np.float32(2)
            return True
    return False


def _quarter_activations(loaded: Any) -> bool:
    """A quarter of the range for each activation, as by calibration on paler samples: what is beyond saturates."""
    graph = loaded.subgraphs[0]
    ends = {int(index) for index in (*graph.inputs, *graph.outputs)}
    made = {
        int(index)
        for operator in graph.operators
        for index in operator.outputs
        if operator_type(loaded, operator) not in FIXED_SCALES
    }
    changed = False
    for index in sorted(made - ends):
        tensor = graph.tensors[index]
        quantization = tensor.quantization
        if tensor.type in ACTIVATIONS and quantization is not None and quantization.scale is not None:
            quantization.scale = np.asarray(quantization.scale, np.float32) / np.float32(4)
            changed = True
    return changed


def _onnx_scales(kind: str, factor: float, *, most: int | None) -> Callable[[Any], bool]:
    """Return what multiplies the scales that nodes of a kind read: of weights, or of activations."""

    def change(loaded: Any) -> bool:
        package = require("onnx", asked="a fault in an ONNX file", extra="convert")
        known = {tensor.name: tensor for tensor in loaded.graph.initializer}
        weights = kind == "DequantizeLinear"
        names = [
            node.input[1]
            for node in loaded.graph.node
            if node.op_type == kind
            and node.input[1] in known
            and (not weights or (node.input[0] in known and len(known[node.input[0]].dims) > 1))
        ]
        for name in list(dict.fromkeys(names))[:most]:
            values = package.numpy_helper.to_array(known[name])
            known[name].CopyFrom(package.numpy_helper.from_array((values * factor).astype(values.dtype), name))
        return bool(names)

    return change


def _names(kind: str) -> list[str]:
    """Return the names of all media's faults of a kind, each once."""
    return list(dict.fromkeys(name for medium in all_media() for name in getattr(medium, kind)))


FAULTS = (
    *(Fault(name=f"contract: {name}", place=CONTRACT, make=_in_contract(name)) for name in _names("contract_faults")),
    Fault(name="contract: labels permuted", place=CONTRACT, make=_permuted_labels),
    *(Fault(name=f"input: {name}", place=INPUT, make=_in_batch(name)) for name in _names("input_faults")),
    Fault(name="file: weights bit-flipped", place=FILE, make=_on_weights(_flip_bits, last=False)),
    Fault(name="file: one channel zeroed", place=FILE, make=_on_weights(_zero_channel, last=True)),
    Fault(
        name="file: quantization scale off by 2",
        place=FILE,
        make=_in_file(_weights_scale_off, _onnx_scales("DequantizeLinear", 2.0, most=1)),
    ),
    Fault(
        name="file: stale calibration",
        place=FILE,
        make=_in_file(_quarter_activations, _onnx_scales("QuantizeLinear", 0.25, most=None)),
    ),
    Fault(name="output: labels permuted", place=OUTPUT, make=_permuted_scores),
    Fault(name="output: outputs reordered", place=OUTPUT, make=_reordered),
    Fault(name="output: softmax left out", place=OUTPUT, make=_without_softmax),
)
"""All faults."""


def with_drop(reference: NDArray[Any], labels: NDArray[Any], count: int) -> NDArray[Any]:
    """Return the original's scores ``[n, classes]`` with ``count`` right answers made wrong.

    Args:
        reference: The original's scores.
        labels: The true classes ``[n]``.
        count: How many.
    """
    made = np.array(reference)
    right = np.flatnonzero(made.argmax(1) == labels)[:count]
    made[right] = np.roll(made[right], 1, axis=1)
    return made
