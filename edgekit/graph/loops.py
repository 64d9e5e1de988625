"""Loops: graphs that repeat a part of themselves, as recurrent layers do step by step, and the batch within them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from edgekit.contract.contract import InputSpec
from edgekit.contract.shape import Shape
from edgekit.graph.tensor_lists import LOOPS, SHAPE_INPUTS
from edgekit.system.digests import value_digest
from edgekit.system.optional import tensorflow


def has_loops(graph: Any) -> bool:
    """Whether a GraphDef has a loop, in a function of it or outside of them."""
    return any(node.op in LOOPS for nodes in _scopes(graph) for node in nodes)


def with_batch(graph: Any, inputs: Iterable[InputSpec], keep: Iterable[str], batch: int) -> Any:
    """Return a GraphDef with loops whose free batch is fixed, in its inputs and in its lists of tensors.

    A recurrent layer keeps a list with an element per step, of shape ``[batch, ...]``; its free batch is written into
    the graph when it is traced, as the -1 of a constant. A step of which only the shape is read goes.

    Args:
        graph: The GraphDef.
        inputs: Its inputs.
        keep: Names of nodes that stay.
        batch: The batch.
    """
    tf = tensorflow()
    fixed = type(graph)()
    fixed.CopyFrom(graph)
    shapes = {spec.name: shape_with_batch(spec, batch) for spec in inputs}
    for node in fixed.node:
        if node.name in shapes:
            node.attr["shape"].shape.CopyFrom(tf.TensorShape(shapes[node.name]).as_proto())
    for nodes in _scopes(fixed):
        constants = {node.name: node for node in nodes if node.op == "Const"}
        for shape in _list_shapes(nodes, constants):
            _fix_first(shape, batch)
    return _pruned(_with_constant_zeros(_with_own_functions(fixed)), keep)


def _pruned(graph: Any, keep: Iterable[str]) -> Any:
    """Return a GraphDef without what some nodes do not depend on; values are not read, large ones may be elsewhere."""
    nodes = {node.name: node for node in graph.node}
    pending, live = list(keep), set[str]()
    while pending:
        name = pending.pop().lstrip("^").partition(":")[0]
        if name not in live:
            live.add(name)
            pending += nodes[name].input
    pruned = type(graph)(versions=graph.versions, library=graph.library)
    pruned.node.extend(node for node in graph.node if node.name in live)
    return pruned


def _with_constant_zeros(graph: Any) -> Any:
    """Make constants of zeros that are shaped like a value, so that the value, a first step of the loop, can go."""
    tf = tensorflow()
    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(graph, name="")
    for node in graph.node:
        output = imported.get_operation_by_name(node.name).outputs[0] if node.op == "ZerosLike" else None
        if output is not None and output.shape.is_fully_defined():
            zeros = tf.make_tensor_proto(0, output.dtype, output.shape)
            del node.input[:]
            node.op = "Const"
            node.attr.clear()
            node.attr["dtype"].type = zeros.dtype
            node.attr["value"].tensor.CopyFrom(zeros)
    return graph


def shape_with_batch(spec: InputSpec, batch: int) -> Shape:
    """Return the shape of an input with its free batch fixed."""
    if not spec.shape or spec.shape[0] is not None:
        return spec.shape
    return (batch, *spec.shape[1:])


def _with_own_functions(graph: Any) -> Any:
    """Give functions names that say what is in them: TensorFlow knows each by its name in all graphs of a process."""
    suffix = f"_{value_digest(graph.library.SerializeToString(deterministic=True).hex()).short(12)}"
    names = {function.signature.name for function in graph.library.function}
    for nodes in _scopes(graph):
        for node in nodes:
            for called in called_functions(node):
                called.name += suffix if called.name in names else ""
    for function in graph.library.function:
        function.signature.name += suffix
    return graph


def with_functions(definition: Any, library: Iterable[Any]) -> Any:
    """Return a GraphDef with the functions of a library that its nodes call, bodies of loops, directly or not."""
    functions = {function.signature.name: function for function in library}
    pending, copied = list(definition.node), set[str]()
    while pending:
        for name in {called.name for called in called_functions(pending.pop())} & functions.keys() - copied:
            copied.add(name)
            pending += functions[name].node_def
    definition.library.function.extend(function for name, function in functions.items() if name in copied)
    return definition


def called_functions(node: Any) -> Iterator[Any]:
    """Yield the functions that a node calls, as its attributes name them."""
    for attribute in node.attr.values():
        if attribute.HasField("func"):
            yield attribute.func
        yield from attribute.list.func


def _scopes(graph: Any) -> Iterator[Any]:
    yield graph.node
    for function in graph.library.function:
        yield function.node_def


def _list_shapes(nodes: Iterable[Any], constants: dict[str, Any]) -> Iterator[Any]:
    """Yield the constants that say the shape of a list's elements."""
    for node in nodes:
        if node.op in SHAPE_INPUTS:
            source = node.input[SHAPE_INPUTS[node.op]].partition(":")[0]
            if source in constants:
                yield constants[source]


def _fix_first(constant: Any, batch: int) -> None:
    tf = tensorflow()
    shape = tf.make_ndarray(constant.attr["value"].tensor).copy()
    if shape.ndim == 1 and shape.size and shape[0] == -1:
        shape[0] = batch
        constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(shape))
