"""Nodes of a TensorFlow graph as nodes of a front end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ConversionError, FrontEndError
from edgekit.frontend import Node, Table
from edgekit.frontend.patterns import translate
from edgekit.system.optional import tensorflow


def node_of(op: Any, tables: Mapping[str, Table]) -> Node:
    """Return an op of a graph as a node of a front end, its table named and its pattern constant.

    Raises:
        ConversionError: Its pattern or rewriting cannot be run in Python as TensorFlow runs it.
    """
    attrs = {key: _attr(value) for key, value in sorted(op.node_def.attr.items()) if not key.startswith("_")}
    attrs = {key: value for key, value in attrs.items() if value is not None}
    inputs = [tensor for tensor in op.inputs if tensor.dtype.name != "resource"]
    resources = [tensor for tensor in op.inputs if tensor.dtype.name == "resource"]
    kind = str(op.type)
    for tensor in resources:
        source = _through_identities(tensor).op.name
        if source not in tables:
            raise ConversionError(f"op {op.type} (node {op.name}) reads a resource that is no lookup table: {source}")
        attrs["table"] = tables[source].name
    if kind == "RegexReplace":
        pattern, rewrite = (constant_of(tensor).item().decode("utf-8") for tensor in inputs[1:])
        kind, inputs = "StaticRegexReplace", inputs[:1]
        attrs |= {"pattern": pattern, "rewrite": rewrite}
    if kind == "StaticRegexReplace":
        try:
            attrs["pattern"] = translate(attrs["pattern"])
        except FrontEndError as error:
            raise ConversionError(f"node {op.name}: {error}") from error
    return Node(
        op=kind,
        inputs=tuple(tensor.name for tensor in inputs),
        outputs=tuple(tensor.name for tensor in op.outputs),
        attrs=attrs,
    )


def _through_identities(tensor: Any) -> Any:
    while tensor.op.type == "Identity":
        tensor = tensor.op.inputs[0]
    return tensor


def _attr(value: Any) -> Any:
    """Return an attribute as a JSON value; None for what only TensorFlow needs."""
    tf = tensorflow()
    kind = value.WhichOneof("value")
    if kind == "type":
        return tf.as_dtype(value.type).name
    if kind == "s":
        return value.s.decode("utf-8", "surrogateescape")
    if kind in ("i", "f", "b"):
        return getattr(value, kind)
    if kind == "list":
        return [item.decode("utf-8") for item in value.list.s] or list(value.list.i) or list(value.list.f)
    return None


def constant_of(tensor: Any) -> NDArray[Any]:
    """Return the value of a tensor that depends on no input."""
    tf = tensorflow()
    value = tf.get_static_value(tensor)
    if value is None:
        with tf.compat.v1.Session(graph=tensor.graph) as session:
            value = session.run(tensor)
    return np.asarray(value)
