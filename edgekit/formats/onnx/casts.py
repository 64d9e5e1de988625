"""Casts around operators that stay float32 in a float16 file: each where what it reads is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgekit.formats.onnx.canonical import bodies

ADDED = ("_cast_to_fp32_node", "_cast_to_fp16_node")
"""How ONNX Runtime's conversion to float16 ends the names of casts around what has no kernel of float16."""


def place_casts(graph: Any) -> None:
    """Move the casts that the conversion to float16 added into the bodies of loops and branches that they belong to.

    ONNX Runtime 1.31 puts all of them at the end of the main graph, where a tensor of a body does not exist, and a cast
    for every reader, all of the same name.

    Args:
        graph: The main graph of the converted file, in which no two tensors have one name; changed in place.
    """
    added = [node for node in graph.node if node.op_type == "Cast" and node.name.endswith(ADDED)]
    casts = {cast.output[0]: type(cast).FromString(cast.SerializeToString()) for cast in added}
    for cast in added:
        graph.node.remove(cast)
    scopes = [graph, *_bodies_within(graph)]
    for cast in casts.values():
        place = next((place for scope in scopes for place in _places(scope, cast.input[0])), None)
        scope, index = place if place is not None else (graph, len(graph.node))
        scope.node.insert(index, cast)


def _bodies_within(graph: Any) -> Iterator[Any]:
    for _, body in bodies(graph):
        yield body
        yield from _bodies_within(body)


def _places(scope: Any, tensor: str) -> Iterator[tuple[Any, int]]:
    """Yield where in a graph a tensor can be read first, if it is that graph's."""
    if any(port.name == tensor for port in (*scope.input, *scope.initializer)):
        yield scope, 0
    for index, node in enumerate(scope.node):
        if tensor in node.output:
            yield scope, index + 1
