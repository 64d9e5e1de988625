"""Rounding the weights of an ONNX file: what its layers read, measured; its integers, chosen anew."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.formats.onnx.weights import store_integers
from edgekit.quantization.moments import Floats, Moments, Rounding, Window
from edgekit.system.optional import require

LAYERS = ("Conv", "MatMul", "Gemm")
_SUFFIX = re.compile("_(quantized|int8|int4)$")  # what ONNX Runtime's tools, and edgekit's, add to the name of weights


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """A layer of a graph, and its constant weights.

    Attributes:
        node: Its node.
        weights: The constant, as it is stored.
        scale: The constant of its scales; None of floats.
        axis: The axis of the weights that the scales go along.
    """

    node: Any
    weights: Any
    scale: Any = None
    axis: int = 0

    @property
    def name(self) -> str:
        """Name of its weights when they were floats; outputs are renamed where an activation is fused."""
        name = str(self.weights.name)
        return name if self.scale is None else _SUFFIX.sub("", name)

    def like(self, layer: _Layer) -> bool:
        """Whether its weights are stored in the same order as another's."""
        ours = [*self.weights.dims, self.options.get("transB", 0)]
        return ours == [*layer.weights.dims, layer.options.get("transB", 0)]

    @property
    def options(self) -> dict[str, Any]:
        """The attributes of its node."""
        onnx = require("onnx", asked="rounding weights", extra="convert")
        return {entry.name: onnx.helper.get_attribute_value(entry) for entry in self.node.attribute}

    def grouped(self, values: Floats) -> Floats:
        """Return values in the order of the stored weights as ``[groups, outputs, inputs]``."""
        if self.node.op_type == "Conv":  # [outputs, channels, height, width]
            groups = self.options.get("group", 1)
            return values.reshape(groups, values.shape[0] // groups, -1)
        return values[None] if self.options.get("transB") else values.T[None]

    def stored(self, values: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return ``[groups, outputs, inputs]`` in the order of the stored weights."""
        if self.node.op_type == "Conv":
            return values.reshape(tuple(self.weights.dims))
        return np.asarray(values[0] if self.options.get("transB") else values[0].T)

    def rows(self, values: Floats, generator: np.random.Generator) -> NDArray[np.float32]:
        """Return what some places of its output read of an input."""
        if self.node.op_type != "Conv":
            inputs = int(self.weights.dims[1 if self.options.get("transB") else 0])
            return Window().rows(values.reshape(-1, inputs), generator)
        options = self.options
        pads = options.get("pads", [0, 0, 0, 0])
        window = Window(
            kernel=(int(self.weights.dims[2]), int(self.weights.dims[3])),
            strides=tuple(options.get("strides", (1, 1))),
            dilations=tuple(options.get("dilations", (1, 1))),
            before=(pads[0], pads[1]),
            after=(pads[2], pads[3]),
            groups=options.get("group", 1),
        )
        if options.get("auto_pad") == b"SAME_UPPER":
            window = window.padded_for(values.shape[2:])
        return window.rows(values.transpose(0, 2, 3, 1), generator)


def _layers(graph: Any) -> Iterator[_Layer]:
    """Return the layers whose constant weights, floats or symmetric integers, no other node reads."""
    onnx = require("onnx", asked="rounding weights", extra="convert")
    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {node.output[0]: node for node in graph.node if node.op_type == "DequantizeLinear"}
    readers = Counter(name for node in graph.node for name in node.input)
    for node in graph.node:
        if node.op_type not in LAYERS or readers[node.input[1]] > 1:
            continue
        if node.input[1] in constants:
            layer = _Layer(node=node, weights=constants[node.input[1]])
        elif node.input[1] in makers and set(makers[node.input[1]].input) <= set(constants):
            maker = makers[node.input[1]]
            zeros = [onnx.numpy_helper.to_array(constants[name]) for name in maker.input[2:]]
            if readers[maker.input[0]] > 1 or any(zero.astype(np.int32).any() for zero in zeros):
                continue
            axis = next((entry.i for entry in maker.attribute if entry.name == "axis"), 1)
            layer = _Layer(node=node, weights=constants[maker.input[0]], scale=constants[maker.input[1]], axis=axis)
        else:
            continue
        if layer.options.get("auto_pad") == b"SAME_LOWER":
            continue  # nobody writes it
        if len(layer.weights.dims) == (4 if node.op_type == "Conv" else 2):
            yield layer


def measure(model: Path, batches: Iterable[Batch]) -> dict[str, Moments]:
    """Return the second moments of what the layers of a float file read, by the names of their weights."""
    onnx = require("onnx", asked="rounding weights", extra="convert")
    ort = require("onnxruntime", asked="rounding weights", extra="convert")
    loaded = onnx.load(model)
    layers = list(_layers(loaded.graph))
    inputs = {port.name for port in loaded.graph.input}
    tensors = list(dict.fromkeys(layer.node.input[0] for layer in layers))
    outputs = {port.name for port in loaded.graph.output}
    hidden = [name for name in tensors if name not in inputs | outputs]
    loaded.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in hidden)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(loaded.SerializeToString(), options, providers=["CPUExecutionProvider"])
    moments = {layer.name: Moments() for layer in layers}
    generators = {name: np.random.default_rng(zlib.crc32(name.encode())) for name in moments}
    fetched = [name for name in tensors if name not in inputs]
    for batch in batches:
        # ONNX Runtime takes an empty list of outputs for all of them.
        arrays = session.run(fetched, {name: batch[name] for name in inputs}) if fetched else []
        values = dict(zip(fetched, arrays, strict=True))
        for layer in layers:
            tensor = values.get(layer.node.input[0], batch.get(layer.node.input[0]))
            assert tensor is not None, "every tensor is an input or was fetched"
            moments[layer.name].add(layer.rows(tensor, generators[layer.name]))
    return moments


def round_weights(model: Any, source: Any, moments: Mapping[str, Moments], rounded: Rounding) -> int:
    """Give a quantized ONNX model the integers that a rounding method chooses; return of how many layers.

    Args:
        model: The quantized model, changed in place.
        source: The float model that it was made from.
        moments: What `measure` found of the float model.
        rounded: The method.
    """
    onnx = require("onnx", asked="rounding weights", extra="convert")
    limits = {onnx.TensorProto.INT8: 127, onnx.TensorProto.INT4: 7}
    before = {layer.name: layer for layer in _layers(source.graph)}
    count = 0
    for layer in _layers(model.graph):
        limit = limits.get(layer.weights.data_type)
        float_layer = before.get(layer.name)
        if (
            layer.scale is None
            or limit is None
            or float_layer is None
            or layer.name not in moments
            or not layer.like(float_layer)
        ):
            continue
        weights = onnx.numpy_helper.to_array(float_layer.weights)
        scales = _along(onnx.numpy_helper.to_array(layer.scale), layer.axis, weights.shape)
        integers = rounded(layer.grouped(weights), layer.grouped(scales), moments[layer.name], limit=limit)
        store_integers(layer.weights, layer.stored(integers))
        count += 1
    return count


def _along(scales: Floats, axis: int, shape: Sequence[int]) -> Floats:
    """Return the scale of each weight."""
    own = [1] * len(shape)
    if scales.size > 1:
        own[axis] = -1
    return np.broadcast_to(scales.reshape(own), tuple(shape))
