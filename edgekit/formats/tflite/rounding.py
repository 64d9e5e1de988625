"""Rounding the weights of a TFLite file: what its layers read, measured; its integers, chosen anew."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.formats.tflite.graph import (
    block_scales,
    constant_values,
    read_graph,
    store_integers,
    weighted_operators,
)
from edgekit.quantization.moments import Floats, Moments, Rounding, Window
from edgekit.system.optional import require

LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """A layer of a file, and its constant weights as they are stored.

    Attributes:
        name: Name of its output.
        kind: Its type.
        operator: The operator.
        weights: The tensor of its weights, behind what unpacks them.
        groups: In how many groups its inputs are.
    """

    name: str
    kind: str
    operator: Any
    weights: Any
    groups: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the weights."""
        return tuple(int(size) for size in self.weights.shape)

    def grouped(self, values: Floats) -> Floats:
        """Return values in the order of the stored weights as ``[groups, outputs, inputs]``."""
        if self.kind == "FULLY_CONNECTED":
            return values[None]
        if self.kind == "DEPTHWISE_CONV_2D":  # [1, height, width, channels * outputs]
            return values.reshape(-1, self.groups, self.shape[3] // self.groups).transpose(1, 2, 0)
        outputs, height, width, channels = self.shape
        by_channel = values.transpose(0, 3, 1, 2)
        return by_channel.reshape(self.groups, outputs // self.groups, channels * height * width)

    def stored(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return ``[groups, outputs, inputs]`` in the order of the stored weights."""
        if self.kind == "FULLY_CONNECTED":
            return np.asarray(values[0])
        if self.kind == "DEPTHWISE_CONV_2D":
            return values.transpose(2, 0, 1).reshape(self.shape)
        outputs, height, width, channels = self.shape
        return values.reshape(outputs, channels, height, width).transpose(0, 2, 3, 1)

    def window(self, sizes: Sequence[int]) -> Window:
        """Return where it reads inputs of a height and width."""
        if self.kind == "FULLY_CONNECTED":
            return Window()
        schema = require("ai_edge_litert.schema_py_generated", asked="rounding weights", extra="convert")
        options = self.operator.builtinOptions
        window = Window(
            kernel=(self.shape[1], self.shape[2]),
            strides=(options.strideH, options.strideW),
            dilations=(options.dilationHFactor, options.dilationWFactor),
            groups=self.groups,
        )
        return window.padded_for(sizes) if options.padding == schema.Padding.SAME else window


def _layers(loaded: Any) -> Iterator[_Layer]:
    """Return the layers whose weights no other operator reads."""
    graph = loaded.subgraphs[0]
    entries = list(weighted_operators(loaded))
    readers = Counter(tensor.buffer for _, _, tensor in entries)
    for operator, kind, tensor in entries:
        if kind in LAYERS and tensor.buffer and readers[tensor.buffer] == 1:
            name = graph.tensors[operator.outputs[0]].name.decode()
            channels = int(graph.tensors[operator.inputs[0]].shape[-1])
            groups = {"FULLY_CONNECTED": 1, "DEPTHWISE_CONV_2D": channels}.get(kind, channels // int(tensor.shape[-1]))
            yield _Layer(name=name, kind=kind, operator=operator, weights=tensor, groups=groups)


def measure(model: bytes, batches: Iterable[Batch]) -> dict[str, Moments]:
    """Return the second moments of what the layers of a float file read, by the names of their outputs."""
    litert = require("ai_edge_litert.interpreter", asked="rounding weights", extra="convert")
    loaded = read_graph(model)
    layers = {layer.name: layer for layer in _layers(loaded)}
    interpreter = litert.Interpreter(model_content=model, num_threads=1, experimental_preserve_all_tensors=True)
    runner = interpreter.get_signature_runner()
    moments = {name: Moments() for name in layers}
    generators = {name: np.random.default_rng(zlib.crc32(name.encode())) for name in layers}
    for batch in batches:
        runner(**batch)
        for name, layer in layers.items():
            values = interpreter.get_tensor(int(layer.operator.inputs[0]))
            if layer.kind == "FULLY_CONNECTED":
                values = values.reshape(-1, layer.shape[1])
            moments[name].add(layer.window(values.shape[1:3]).rows(values, generators[name]))
    return moments


def round_weights(model: Any, source: Any, moments: Mapping[str, Moments], rounded: Rounding) -> int:
    """Give a quantized graph the integers that a rounding method chooses; return of how many layers.

    Args:
        model: The quantized graph, its weights rounded to the nearest; changed in place.
        source: The float graph that it was made from.
        moments: What `measure` found of the float file.
        rounded: The method.
    """
    exact, count = {layer.name: constant_values(source, layer.weights) for layer in _layers(source)}, 0
    for layer in _layers(model):
        weights, scales, limit = exact.get(layer.name), _scales(model, layer.weights), _limit(layer.weights)
        if layer.name not in moments or weights is None or scales is None or limit is None:
            continue  # it stayed float, or was never run
        integers = rounded(layer.grouped(weights), layer.grouped(scales), moments[layer.name], limit=limit)
        store_integers(model, layer.weights, layer.stored(integers))
        count += 1
    return count


def _limit(tensor: Any) -> int | None:
    """Return the largest integer that symmetric weights have; None of floats."""
    schema = require("ai_edge_litert.schema_py_generated", asked="rounding weights", extra="convert")
    limits: dict[int, int] = {schema.TensorType.INT8: 127, schema.TensorType.INT4: 7}
    return limits.get(tensor.type)


def _scales(loaded: Any, tensor: Any) -> Floats | None:
    """Return the scale of each weight; None where they are not symmetric."""
    quantization = tensor.quantization
    blocks = block_scales(loaded, tensor)
    if blocks is not None:
        values = constant_values(loaded, blocks)
        size = quantization.details.blockSize
        return None if values is None else np.repeat(values.astype(np.float32), size, axis=-1)
    if quantization is None or quantization.scale is None or np.any(quantization.zeroPoint):
        return None
    scales, shape = np.asarray(quantization.scale), [1] * len(tensor.shape)
    if scales.size > 1:
        shape[quantization.quantizedDimension] = -1
    return np.broadcast_to(scales.reshape(shape), tuple(tensor.shape))
