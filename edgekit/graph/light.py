"""Light graphs: large constants stay in the file of a graph while TensorFlow copies the rest of it about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edgekit.errors import ConversionError
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.system.optional import tensorflow

LARGE = 1 << 16
"""Bytes of a constant that stays behind; smaller ones may be shapes and axes, which are read while they are copied."""


def load_light(graph: FrozenGraph) -> Any:
    """Return a frozen graph's GraphDef in which one number stands for all values of a large constant."""
    definition = graph.load()
    for node in definition.node:
        if _is_large(node):
            tensor = node.attr["value"].tensor
            tensor.ClearField("tensor_content")
            tensor.float_val.append(1.0)  # TensorFlow's short form of a tensor of equal numbers
    return _compact(definition)


def fill_saved_model(folder: Path, graph: FrozenGraph) -> None:
    """Put the values of a light graph's constants into a SavedModel that was made of it.

    Args:
        folder: The SavedModel, changed in place.
        graph: Where the values are.

    Raises:
        ConversionError: The SavedModel lacks some of the constants.
    """
    tensorflow("converting")
    from tensorflow.core.protobuf import saved_model_pb2  # heavy

    file = folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    weights = {node.name: node.attr["value"].tensor for node in graph.load().node if _is_large(node)}
    filled = set[str]()
    for meta in saved.meta_graphs:
        for nodes in (meta.graph_def.node, *(function.node_def for function in meta.graph_def.library.function)):
            filled |= _fill(nodes, weights)
    if len(filled) < len(weights):
        missing = min(set(weights) - filled)
        raise ConversionError(f"the weights of node {missing} got lost as TensorFlow saved the graph")
    file.write_bytes(saved.SerializeToString(deterministic=True))


def _fill(nodes: Iterable[Any], weights: dict[str, Any]) -> set[str]:
    """Put values into the constants that lack them, and return their names."""
    filled = set[str]()
    for node in nodes:
        if node.op == "Const" and node.name in weights and len(node.attr["value"].tensor.float_val) == 1:
            node.attr["value"].tensor.CopyFrom(weights[node.name])
            filled.add(node.name)
    return filled


def _is_large(node: Any) -> bool:
    """Whether a node is a float constant whose values stay behind."""
    if node.op != "Const" or node.attr["dtype"].type != tensorflow().float32.as_datatype_enum:
        return False
    return len(node.attr["value"].tensor.tensor_content) >= LARGE


def _compact(definition: Any) -> Any:
    """Return a copy: protobuf gives back the memory of cleared fields with the message that they were in."""
    copy = type(definition)()
    copy.CopyFrom(definition)
    return copy
