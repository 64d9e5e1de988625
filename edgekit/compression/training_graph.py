"""A frozen graph as one that can be trained: constants become inputs, batch norms fold into the layers before them.

Every hub module can be frozen, so every one can be trained so, whatever library made it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edgekit.system.optional import tensorflow

Tensor: TypeAlias = Any
TensorSpec: TypeAlias = Any
NodeDef: TypeAlias = Any
"""TensorFlow's, which ships no types."""
CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
BIASES = ("BiasAdd", "AddV2", "Add")
ACTIVATIONS = ("Relu", "Relu6")
"""Activations that TFLite fuses into the layer before them."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution or product with weights, and the batch norm that is folded into it.

    Attributes:
        node: Name of the operator.
        op: Its type.
        weights: Name of the constant with its weights.
        norm: Names of the batch norm's scale, offset, mean and variance; None: there is none.
        epsilon: The batch norm's.
        transposed: Whether a product's weights have the channels out first.
    """

    node: str
    op: str
    weights: str
    norm: tuple[str, str, str, str] | None = None
    epsilon: float = 0.0
    transposed: bool = False

    @property
    def weights_input(self) -> str:
        """Name of the placeholder of the weights, as the layer multiplies by them."""
        return f"{self.node}/layer_weights"

    @property
    def shift_input(self) -> str:
        """Name of the placeholder of what a folded batch norm adds."""
        return f"{self.node}/layer_shift"


@dataclass
class TrainingGraph:
    """A GraphDef whose layers read their weights from placeholders.

    Attributes:
        definition: The graph, without identities, its batch norms folded.
        layers: The layers, by name.
        constants: The other float constants that training may change, by name.
        values: The values of all constants, by name.
    """

    definition: Any
    layers: dict[str, Layer] = field(default_factory=dict)
    constants: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    values: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def call(self, feeds: Mapping[str, Tensor], outputs: Sequence[str]) -> list[Any]:
        """Put the graph into the function that is being traced.

        Args:
            feeds: Tensors by the names of placeholders or constants.
            outputs: Names of the nodes whose first output is returned.
        """
        mapping = {f"{name}:0": tensor for name, tensor in feeds.items()}
        tensors: list[Any] = tensorflow().graph_util.import_graph_def(
            self.definition, mapping, [f"{name}:0" for name in outputs], name=""
        )
        return tensors

    def run(
        self, specs: Mapping[str, TensorSpec], batches: Iterator[Mapping[str, NDArray[Any]]], nodes: Sequence[str]
    ) -> Iterator[list[Any]]:
        """Return what nodes give for each batch, as tensors, with the graph's own constants.

        Args:
            specs: The inputs' TensorSpecs by name.
            batches: Arrays by the names of the inputs.
            nodes: Names of the nodes whose first output is returned.
        """
        tf = tensorflow()

        def serve(inputs: Mapping[str, Tensor]) -> list[Any]:
            return self.call({**inputs, **constant_feeds(self)}, nodes)

        function = tf.function(serve, input_signature=[dict(specs)], autograph=False)
        for batch in batches:
            yield function({name: tf.constant(values) for name, values in batch.items()})


def training_graph(graph: Any, outputs: Sequence[str]) -> TrainingGraph:
    """Return a frozen GraphDef as one to train.

    Args:
        graph: The GraphDef.
        outputs: Names of the nodes that are asked for; they keep their names.
    """
    tf = tensorflow()
    plain = type(graph)()
    plain.CopyFrom(graph)
    for node in plain.node:  # what removes the identities does not know that "x" and "x:0" are one
        node.input[:] = [source.removesuffix(":0") for source in node.input]
    definition = tf.compat.v1.graph_util.remove_training_nodes(plain, protected_nodes=list(outputs))
    training = TrainingGraph(definition=definition)
    nodes = {node.name: node for node in definition.node}
    training.values = {name: tf.make_ndarray(n.attr["value"].tensor) for name, n in nodes.items() if _is_float(n)}
    readers = readers_of(definition)
    folded: set[str] = set()
    for node in list(definition.node):
        layer = _layer(node, nodes, readers)
        if layer is None:
            continue
        training.layers[node.name] = layer
        _placeholder(definition, layer.weights_input)
        node.input[1] = layer.weights_input
        if layer.norm is not None:
            norm = readers[node.name][0]
            folded.add(norm.name)
            _placeholder(definition, layer.shift_input)
            dtype, data_format = norm.attr["T"].type, norm.attr["data_format"].s
            norm.op, norm.input[:] = "BiasAdd", [node.name, layer.shift_input]
            norm.attr.clear()
            norm.attr["T"].type, norm.attr["data_format"].s = dtype, data_format or b"NHWC"
    inside = {name for layer in training.layers.values() for name in (layer.weights, *(layer.norm or ()))}
    training.constants = {name: value for name, value in training.values.items() if name not in inside}
    return training


def readers_of(definition: Any) -> dict[str, list[Any]]:
    """Return the nodes that read each node, by its name; one that reads it twice is there twice."""
    readers: dict[str, list[Any]] = defaultdict(list)
    for node in definition.node:
        for source in node.input:
            readers[source.lstrip("^").partition(":")[0]].append(node)
    return readers


def _is_float(node: Any) -> bool:
    return bool(node.op == "Const" and node.attr["dtype"].type == tensorflow().float32.as_datatype_enum)


def _placeholder(definition: Any, name: str) -> None:
    node = definition.node.add()
    node.op, node.name = "Placeholder", name
    node.attr["dtype"].type = tensorflow().float32.as_datatype_enum


def _layer(node: Any, nodes: Mapping[str, NodeDef], readers: Mapping[str, list[Any]]) -> Layer | None:
    """Return a node as a layer, if it multiplies by constant weights that nobody else reads."""
    if node.op not in (*CONVOLUTIONS, "MatMul"):
        return None
    weights = nodes.get(node.input[1])
    if weights is None or not _is_float(weights) or len(readers[weights.name]) != 1:
        return None
    following = readers[node.name]
    norm = following[0] if len(following) == 1 and node.op in CONVOLUTIONS and _folds(following[0], nodes) else None
    return Layer(
        node=node.name,
        op=node.op,
        weights=weights.name,
        norm=None if norm is None else tuple(norm.input[1:5]),
        epsilon=0.0 if norm is None else norm.attr["epsilon"].f,
        transposed=node.op == "MatMul" and node.attr["transpose_b"].b,
    )


def _folds(node: Any, nodes: Mapping[str, NodeDef]) -> bool:
    """Whether a node is a batch norm with fixed statistics."""
    constant = all(source in nodes and nodes[source].op == "Const" for source in node.input[1:5])
    return node.op in NORMS and not node.attr["is_training"].b and constant


def folded_weights(layer: Layer, tensors: Mapping[str, Tensor]) -> tuple[Any, Any]:
    """Return what a layer multiplies by and adds, its batch norm folded in: ``w * s`` and ``offset - mean * s``.

    Args:
        layer: The layer.
        tensors: The tensors of its constants, by name.
    """
    tf = tensorflow()
    weights = tensors[layer.weights]
    if layer.norm is None:
        return weights, None
    gamma, beta, mean, variance = (tensors[name] for name in layer.norm)
    scale = gamma * tf.math.rsqrt(variance + layer.epsilon)
    shape = weights.shape
    by_channel = tf.reshape(scale, [shape[2], shape[3]]) if layer.op == "DepthwiseConv2dNative" else scale
    return weights * by_channel, beta - mean * scale


def with_norms_folded(graph: Any, outputs: Sequence[str]) -> tuple[Any, dict[str, str]]:
    """Return a frozen GraphDef whose batch norms are folded into the layers before them, as converters fold them.

    Values that weights share before a batch norm they share no more behind it: each channel is multiplied by its own.

    Args:
        graph: The GraphDef.
        outputs: Names of the nodes that are asked for; they keep their names.

    Returns:
        The graph, and the names of the constants that are added behind its layers, with the offset that each stands
        for; folded weights have the names that they had.
    """
    tf, training = tensorflow(), training_graph(graph, outputs)
    values, definition = constant_feeds(training), training.definition
    layers = training.layers.values()
    names = {layer.weights_input: layer.weights for layer in layers}
    shifts = {layer.shift_input: f"{layer.node}/folded_shift" for layer in layers if layer.norm is not None}
    replaced = {name for layer in layers for name in (layer.weights, *(layer.norm or ()))}
    readers = readers_of(definition)
    for node in [node for node in definition.node if node.name in replaced and not readers[node.name]]:
        definition.node.remove(node)
    names |= shifts
    for node in definition.node:
        node.input[:] = [names.get(source, source) for source in node.input]
        if node.name in names:
            node.op = "Const"
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values[node.name].numpy()))
            node.name = names[node.name]
    return definition, {shifts[layer.shift_input]: layer.norm[1] for layer in layers if layer.norm is not None}


def constant_feeds(graph: TrainingGraph) -> dict[str, Tensor]:
    """Return what the layers read, as tensors of the graph's own constants."""
    tf = tensorflow()
    feeds = {}
    for layer in graph.layers.values():
        weights, shift = folded_weights(
            layer, {name: tf.constant(graph.values[name]) for name in (layer.weights, *(layer.norm or ()))}
        )
        feeds[layer.weights_input] = weights
        if shift is not None:
            feeds[layer.shift_input] = shift
    return feeds
