"""Inlining: calls that TensorFlow leaves in a frozen graph, because XLA must compile them, become their bodies.

Keras 3 compiles grouped convolutions, for one, as functions of their own. No format has such calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgekit.system.optional import tensorflow

CALLS = ("PartitionedCall", "StatefulPartitionedCall")


def inlined(graph: Any) -> Any:
    """Return a GraphDef with the body of each function in the place of its call, calls in bodies included.

    Args:
        graph: The GraphDef with the library of its functions; loops and branches, which are no calls, stay.
    """
    while any(_is_call(node, _library(graph)) for node in graph.node):
        graph = _one_level(graph)
    return graph


def _library(graph: Any) -> dict[str, Any]:
    return {function.signature.name: function for function in graph.library.function}


def _is_call(node: Any, library: Mapping[str, Any]) -> bool:
    return node.op in CALLS and node.attr["f"].func.name in library


def _one_level(graph: Any) -> Any:
    """Return the graph with its calls replaced, in which calls of their bodies may be new."""
    library = _library(graph)
    result = type(graph)(versions=graph.versions, library=graph.library)
    outputs: dict[str, str] = {}
    calls = {f"^{node.name}" for node in graph.node if _is_call(node, library)}
    for node in graph.node:
        if _is_call(node, library):
            outputs |= _add_body(result, node, library[node.attr["f"].func.name])
        else:
            result.node.add().CopyFrom(node)
    for node in result.node:
        node.input[:] = [_resolved(source, outputs) for source in node.input if source not in calls]
    return result


def _resolved(source: str, outputs: Mapping[str, str]) -> str:
    """Return where a tensor comes from once calls are gone; one call may feed another."""
    while source in outputs:
        source = outputs[source]
    return source


def _add_body(graph: Any, call: Any, function: Any) -> dict[str, str]:
    """Add the nodes of a function under the name of its call; return the tensors in the place of the call's outputs."""
    tensorflow("converting")
    from tensorflow.python.framework.function_def_to_graph import function_def_to_graph_def  # heavy

    body, flat = function_def_to_graph_def(function)
    sources = [source for source in call.input if not source.startswith("^")]
    arguments = dict(zip((arg.name for arg in function.signature.input_arg), sources, strict=True))
    for node in body.node:
        if node.name in arguments:
            continue  # the placeholder of an argument
        copy = graph.node.add()
        copy.CopyFrom(node)
        copy.name = f"{call.name}/{node.name}"
        copy.input[:] = [_outer(source, call.name, arguments) for source in node.input if not source.startswith("^")]
    outputs = {}
    for index, arg in enumerate(function.signature.output_arg):
        outer = _outer(_port(flat[function.ret[arg.name]]), call.name, arguments)
        outputs[f"{call.name}:{index}"] = outer
        if index == 0:
            outputs[call.name] = outer
    return outputs


def _port(tensor: str) -> str:
    """Return a tensor's name as a GraphDef has it: the first output of a node has no number."""
    return tensor.removesuffix(":0")


def _outer(source: str, prefix: str, arguments: Mapping[str, str]) -> str:
    """Return the name in the whole graph of a tensor of a body."""
    node = source.partition(":")[0]
    return arguments.get(node, f"{prefix}/{source}")
