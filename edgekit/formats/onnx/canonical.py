"""tf2onnx: what it cannot take put in other words before it, and after it the same file for the same model."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from edgekit.errors import ConversionError
from edgekit.system.optional import require, tensorflow

_COUNTER = re.compile(r"__\d+(?=(:\d+)?$)")  # what tf2onnx adds to make names unique


def without_erfc(definition: Any) -> Any:
    """Write ``erfc(x)``, which TensorFlow's GELU uses and ONNX does not have, as ``1 - erf(x)``."""
    for node in [node for node in definition.node if node.op == "Erfc"]:
        erf, unity = definition.node.add(), definition.node.add()
        erf.CopyFrom(node)
        erf.op, erf.name, unity.op, unity.name = "Erf", f"{node.name}/erf", "Const", f"{node.name}/one"
        dtype = node.attr["T"].type
        unity.attr["dtype"].type = dtype
        unity.attr["value"].tensor.CopyFrom(tensorflow().make_tensor_proto(1.0, dtype=dtype))
        node.op, node.input[:] = "Sub", [unity.name, erf.name]
    return definition


def forbid_unknown_ops(model: Any, definition: Any) -> None:
    """Refuse what tf2onnx leaves as it was when it knows no ONNX for it."""
    onnx = require("onnx", asked="converting to ONNX", extra="convert")
    operators = {schema.name for schema in onnx.defs.get_all_schemas()}
    unknown = sorted({node.op_type for node in model.graph.node if not node.domain and node.op_type not in operators})
    if unknown:
        name = next((node.name for node in definition.node if node.op == unknown[0]), "the graph")
        raise ConversionError(f"tf2onnx knows no ONNX for {', '.join(unknown)} (at {name})")


def canonicalize(graph: Any) -> None:
    """Name and order the tensors by their first use: tf2onnx numbers them differently in each run.

    What the bodies of loops and branches define has a name that nothing else in the file has: tools that go through all
    of it, such as ONNX Runtime's for float16, know a tensor by its name alone.
    """
    names = {port.name: port.name for port in (*graph.input, *graph.output)}
    constants = {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        for tensor in filter(None, node.output):
            names.setdefault(tensor, _unused(_COUNTER.sub("", tensor), set(names.values())))
        for index, tensor in enumerate(node.input):
            if tensor in constants:  # which name equal constants share is up to chance too: the user names them
                names.setdefault(tensor, _unused(f"{names[node.output[0]]}/input_{index}", set(names.values())))
    order = {name: index for index, name in enumerate(names)}
    weights = sorted(graph.initializer, key=lambda tensor: (order.get(tensor.name, len(order)), tensor.name))
    del graph.value_info[:], graph.initializer[:]
    graph.initializer.extend(weights)
    _rename(graph, names)
    _name_bodies(graph, set(names.values()))


def _name_bodies(graph: Any, used: set[str]) -> None:
    """Give what each body defines a name of its own, and its nodes that of the node whose body it is."""
    for owner, body in bodies(graph):
        names: dict[str, str] = {}
        made = itertools.chain.from_iterable(node.output for node in body.node)
        for tensor in [*(port.name for port in (*body.input, *body.initializer)), *filter(None, made)]:
            names[tensor] = _unused(_COUNTER.sub("", tensor), used)
            used.add(names[tensor])
        _rename(body, names)
        for node in body.node:
            node.name = f"{owner.name}/{node.name}"
        _name_bodies(body, used)


def bodies(graph: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the nodes of a graph that have bodies, loops and branches, each with a body of it."""
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield node, attribute.g
            for body in attribute.graphs:
                yield node, body


def _unused(name: str, used: set[str]) -> str:
    candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(1)))
    return next(candidate for candidate in candidates if candidate not in used)


def _rename(graph: Any, names: dict[str, str]) -> None:
    """Rename tensors in a graph and, where they are used, in the bodies of its loops and branches."""
    for port in (*graph.initializer, *graph.input, *graph.output, *graph.value_info):
        port.name = names.get(port.name, port.name)
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{number}"
        node.input[:] = [names.get(tensor, tensor) for tensor in node.input]
        node.output[:] = [names.get(tensor, tensor) for tensor in node.output]
    for _, body in bodies(graph):
        _rename(body, names)
