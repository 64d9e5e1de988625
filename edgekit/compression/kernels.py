"""Kernels: the weights of convolutions, products and tables in a frozen graph, and which of them stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgekit.errors import ConversionError, nearest
from edgekit.system.optional import tensorflow

NodeDef = Any
"""TensorFlow's, which ships no types."""
WEIGHT_INPUT = {"Conv2D": 1, "DepthwiseConv2dNative": 1, "MatMul": 1, "BatchMatMulV2": 1, "Conv3D": 1, "GatherV2": 0}
"""Which input of an operator has its weights."""
SEEN_THROUGH = ("Identity", "Reshape", "ExpandDims", "Squeeze")
"""Operators between a constant and its reader that leave its values as they are."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """The weights of one operator.

    Attributes:
        weights: Name of the constant.
        node: Name of the operator that reads it.
        op: Type of the operator.
        shape: Sizes of the constant, as TensorFlow has them: channels out last.
        role: ``first``, ``last``, ``depthwise``, ``table`` or ``inner``.
    """

    weights: str
    node: str
    op: str
    shape: tuple[int, ...]
    role: str

    @property
    def size(self) -> int:
        """Number of weights."""
        count = 1
        for size in self.shape:
            count *= size
        return count


def find_kernels(graph: Any) -> list[Kernel]:
    """Return the kernels of a GraphDef in the order of the graph.

    ``first`` are those that no other kernel comes before, ``last`` those that none comes after. Tables of embeddings
    are no layer of either kind.
    """
    nodes = {node.name: node for node in graph.node}
    constants = dict(_weights(nodes))
    layers = {name for name in constants if nodes[name].op != "GatherV2"}
    before = {name: _first_above(nodes, name, layers) for name in layers}
    inner = set().union(*before.values()) if before else set()
    kernels = []
    for name, constant in constants.items():
        node = nodes[name]
        shape = tuple(size.size for size in nodes[constant].attr["value"].tensor.tensor_shape.dim)
        if node.op == "GatherV2":
            role = "table"
        elif node.op == "DepthwiseConv2dNative":
            role = "depthwise"
        elif not before[name]:
            role = "first"
        else:
            role = "inner" if name in inner else "last"
        kernels.append(Kernel(weights=constant, node=name, op=node.op, shape=shape, role=role))
    return kernels


def _weights(nodes: Mapping[str, NodeDef]) -> Iterator[tuple[str, str]]:
    """Return each operator with constant float weights of two axes or more, and the constant."""
    for name, node in nodes.items():
        if node.op not in WEIGHT_INPUT:
            continue
        source = nodes[node.input[WEIGHT_INPUT[node.op]].partition(":")[0]]
        while source.op in SEEN_THROUGH:
            source = nodes[source.input[0].partition(":")[0]]
        tensor = source.attr["value"].tensor
        is_float = source.op == "Const" and tensor.dtype == tensorflow().float32.as_datatype_enum
        if is_float and len(tensor.tensor_shape.dim) >= 2:
            yield name, source.name


def _first_above(nodes: Mapping[str, NodeDef], name: str, layers: set[str]) -> set[str]:
    """Return the layers that an operator reads the results of, with no other layer between."""
    pending, visited, above_layers = list(nodes[name].input), set[str](), set[str]()
    while pending:
        above = pending.pop().lstrip("^").partition(":")[0]
        if above in visited:
            continue
        visited.add(above)
        if above in layers:
            above_layers.add(above)
        else:
            pending += nodes[above].input
    return above_layers


def chosen_kernels(kernels: Sequence[Kernel], *, also: Sequence[str] = (), dense: Sequence[str] = ()) -> list[Kernel]:
    """Return the kernels that are pruned or clustered: the inner ones, those asked for, without those excluded.

    First and last layers, depthwise convolutions and tables stay as they are unless asked for: they hold few of the
    weights and much of the accuracy (Zhu and Gupta 2017 leave those of MobileNets dense, too).

    Args:
        kernels: All of them.
        also: Patterns of operators to take besides, regular expressions searched in their names.
        dense: Patterns of operators to leave.

    Raises:
        ConversionError: A pattern matches none, or no kernel is left.
    """
    names = [kernel.node for kernel in kernels]
    for pattern in (*also, *dense):
        if not any(re.search(pattern, name) for name in names):
            words = sorted(set("/".join(names).split("/")))
            examples = ", ".join(names[:: max(1, len(names) // 4)][:4])
            hint = nearest(pattern, words) or f"; some are: {examples}"
            raise ConversionError(f"[compression] {pattern!r} matches no layer of the model{hint}")
    taken = [kernel for kernel in kernels if kernel.role == "inner" or _matches(also, kernel)]
    chosen = [kernel for kernel in taken if not _matches(dense, kernel)]
    if not chosen:
        roles = ", ".join(f"{kernel.node} ({kernel.role})" for kernel in kernels[:4]) or "none"
        raise ConversionError(
            f"no layer is left to compress: first and last layers, depthwise convolutions and tables stay as they are "
            f"unless [compression] also = [...] names them; there are: {roles}"
        )
    return chosen


def _matches(patterns: Sequence[str], kernel: Kernel) -> bool:
    return any(re.search(pattern, kernel.node) for pattern in patterns)
