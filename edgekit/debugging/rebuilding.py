"""Restoring: an artifact built again with some of its operators put right, the rest as wrong as they are.

The float file gets the artifact's weights, and its activations the artifact's ranges; operators that are restored keep
their own weights, run in float, and have the range that their values need. What comes out is a real file.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import constant_values, read_graph, write_graph
from edgekit.formats.tflite.passes.biases import make_room_for_biases
from edgekit.formats.tflite.quantizer import quantized
from edgekit.formats.tflite.subgraphs import constant, name_of, quantization_of, stored
from edgekit.quantization.affine import dequantize
from edgekit.quantization.precision import Precision, precisions_of

Array = NDArray[Any]
Range = tuple[float, float]
ACTIVATION_BITS = {7: 16, 9: 8}
"""Bits of TensorType's INT16 and INT8; a file with activations of 16 bits has some of 8 too."""


class Rebuilder:
    """Builds an artifact anew from the float file that it came from.

    Args:
        model: The float file.
        artifact: The artifact's file; its tensors have the names of the float file's.
        measured: The range of each float activation over the samples.

    Raises:
        ConversionError: The operators of the two cannot be told by name.
    """

    def __init__(self, model: bytes, artifact: bytes, measured: Mapping[str, Range]) -> None:
        self.float, self.artifact, self.measured = read_graph(model), read_graph(artifact), measured
        makers = [_operators(graph) for graph in self._graphs()]
        self.operators = {name: (op, makers[1][name]) for name, op in makers[0].items() if name in makers[1]}
        if 2 * len(self.operators) < len(makers[0]):
            raise ConversionError(
                f"only {len(self.operators)} of the {len(makers[0])} operators of the model are in the artifact by "
                f"name: another converter made it, and its operators cannot be compared one by one"
            )
        self.ranges = self._ranges()
        self.precision = self._precision()

    def _graphs(self) -> tuple[Any, Any]:
        return self.float.subgraphs[0], self.artifact.subgraphs[0]

    def _ranges(self) -> dict[str, Range]:
        """Return what each activation of the artifact can hold."""
        ranges = {}
        for index, tensor in enumerate(self.artifact.subgraphs[0].tensors):
            parameters = quantization_of(tensor)
            if parameters is None or constant(self.artifact, index) or tensor.type not in ACTIVATION_BITS:
                continue
            scale, zero, _ = parameters
            limit = 1 << (ACTIVATION_BITS[tensor.type] - 1)
            low, high = (float((edge - zero[0]) * scale[0]) for edge in (-limit, limit - 1))
            ranges[tensor.name.decode().removesuffix("_quantized")] = (low, high)
        return ranges

    def _precision(self) -> Precision | None:
        """Return the precision of the activations; None: they are float, and only weights are integers."""
        types = {tensor.type for i, tensor in enumerate(self._graphs()[1].tensors) if not constant(self.artifact, i)}
        bits = next((bits for kind, bits in ACTIVATION_BITS.items() if kind in types), None)
        calibrated = [entry for entry in precisions_of("tflite") if entry.calibrated and not entry.integer_edges]
        return next((entry for entry in calibrated if entry.activation_bits == bits), None)

    def build(self, restored: frozenset[str], *, healthy: bool = False) -> bytes:
        """Return the file with some operators restored.

        Args:
            restored: Names of operators.
            healthy: Restore the weights and ranges of all others too, and keep them quantized: a healthy artifact.
        """
        loaded = copy.deepcopy(self.float)
        graph = loaded.subgraphs[0]
        if not healthy:
            for name, (ours, theirs) in self.operators.items():
                if name not in restored:
                    self._take_constants(loaded, ours, theirs)
        if self.precision is None:
            return write_graph(loaded)
        ranges = {name: bounds for name, bounds in self.measured.items() if healthy or name in restored}
        ranges = {**self.measured, **({} if healthy else self.ranges), **ranges}
        ranks = {tensor.name.decode(): len(tensor.shape) for tensor in graph.tensors if tensor.shape is not None}
        statistics = {
            name: _statistics(low, high, ranks[name])
            for name, (low, high) in ranges.items()
            if name in ranks  # the artifact has tensors of its own, at its edges
        }
        overrides = dict.fromkeys(restored, "float")
        make_room_for_biases(loaded, statistics, levels=self.precision.levels)
        edges = ("INPUT", "OUTPUT")
        return write_graph(quantized(loaded, self.precision, statistics, float_edges=edges, overrides=overrides))

    def _take_constants(self, loaded: Any, ours: Any, theirs: Any) -> None:
        """Give a float operator the constants of the artifact's, as what they stand for."""
        for our_index, their_index in zip(ours.inputs, theirs.inputs, strict=False):
            if our_index < 0 or their_index < 0 or not constant(self.float, int(our_index)):
                continue
            tensor = loaded.subgraphs[0].tensors[int(our_index)]
            if tensor.type != 0:
                continue
            values = self._values(self._graphs()[1].tensors[stored(self.artifact, int(their_index))])
            if values is not None:
                loaded.buffers[tensor.buffer].data = np.frombuffer(values.astype("<f4").tobytes(), np.uint8)

    def _values(self, tensor: Any) -> Array | None:
        """Return a constant of the artifact in float; None if it is stored in a way that is not read here."""
        values = None if tensor.sparsity is not None else constant_values(self.artifact, tensor)
        if values is None:
            return None
        parameters = quantization_of(tensor)
        if parameters is None:
            return values.astype(np.float32)
        scale, zero, axis = parameters
        shape = [-1 if dimension == axis and len(scale) > 1 else 1 for dimension in range(values.ndim)]
        return dequantize(values, scale=scale.reshape(shape), zero_point=zero.reshape(shape))


def _operators(graph: Any) -> dict[str, Any]:
    """Return the operators of a graph by the names of their first outputs."""
    return {name_of(graph, int(op.outputs[0])): op for op in graph.operators}


def _statistics(low: float, high: float, rank: int) -> dict[str, Array]:
    """Return a range as the quantizer takes it: arrays of one value with the tensor's rank; it refuses an empty one."""
    shape = [1] * rank
    return {"min": np.full(shape, low, np.float32), "max": np.full(shape, max(high, low + 1e-6), np.float32)}
