"""States: variables that a model changes while it answers, which no format has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgekit.errors import ConversionError, ModuleError
from edgekit.graph.loops import called_functions

ASSIGNING = ("Assign", "ResourceScatter", "ResourceStridedSliceAssign")
"""How ops begin that change a variable."""
BRANCHING = ("Case", "If", "StatelessCase", "StatelessIf")
"""Ops that run one of several functions."""
WAY_OUT = (
    "no format keeps a variable between calls; make the state an input and an output, as in "
    "LSTM(..., return_state=True)(x, initial_state=[h, c]), and run the artifact by session.stream(), or build the "
    "layer with stateful=False"
)


def assigning_nodes(function: Any, *, branches: bool = True) -> list[str]:
    """Return the names of the nodes that change a variable as a signature runs, those in functions that it calls too.

    Args:
        function: A concrete function of a SavedModel that was loaded.
        branches: Whether those count that run under a condition only.
    """
    definition = function.graph.as_graph_def()
    functions = {inner.signature.name: inner for inner in definition.library.function}
    pending, reached = list(definition.node), dict[str, None]()
    while pending:
        node = pending.pop(0)
        if node.op.startswith(ASSIGNING):
            reached[node.name] = None
        if branches or node.op not in BRANCHING:
            for called in called_functions(node):
                pending += functions.pop(called.name).node_def if called.name in functions else ()
    return list(reached)


def check_states(function: Any) -> None:
    """Refuse a signature that changes a variable.

    Raises:
        ConversionError: It does; the node is named, and the way out.
    """
    nodes = assigning_nodes(function)
    if nodes:
        raise ConversionError(f"node {nodes[0]} changes a variable as the model runs, and {WAY_OUT}")


def check_signature(function: Any, source: Path) -> None:
    """Refuse a model whose signature changes a variable at every call, before anything is made of it.

    What does so under a condition is left to the conversion: the condition may be a constant.

    Raises:
        ModuleError: It does; the node is named, and the way out.
    """
    nodes = assigning_nodes(function, branches=False)
    if nodes:
        raise ModuleError(f"{source}: node {nodes[0]} changes a variable as the model runs, and {WAY_OUT}", path=source)


def check_layers(model: Any, handle: str) -> None:
    """Refuse a Keras model with a layer that goes on where the call before ended.

    Raises:
        ModuleError: It has one; the layer is named, and the way out.
    """
    layers = stateful_layers(model)
    if layers:
        raise ModuleError(f"{handle}: layer {layers[0]!r} is stateful, and {WAY_OUT}", handle=handle)


def stateful_layers(model: Any) -> list[str]:
    """Return the names of a Keras model's recurrent layers that go on where the call before ended."""
    layers = [layer for layer in model._flatten_layers() if layer is not model]
    return [layer.name for layer in layers if getattr(layer, "stateful", False) and _is_recurrent(layer)]


def _is_recurrent(layer: Any) -> bool:
    return any(hasattr(layer, name) for name in ("reset_states", "reset_state", "cell"))
