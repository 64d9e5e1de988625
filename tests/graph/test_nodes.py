"""Ops of a graph as nodes of a front end."""

from __future__ import annotations

import pytest

from edgekit.errors import ConversionError
from edgekit.graph.nodes import constant_of, node_of
from edgekit.system.optional import tensorflow
from tests.graph.graphs import words_graph


def test_an_op_keeps_its_name_and_its_attributes() -> None:
    node = node_of(words_graph().get_operation_by_name("low"), {})
    assert (node.op, node.inputs, node.outputs) == ("StringLower", ("text:0",), ("low:0",))
    assert node.attrs == {"encoding": ""}


@pytest.mark.parametrize(("pattern", "portable"), [("[^a-z]", True), (r"\C", False)])
def test_a_pattern_becomes_pythons_or_is_refused(pattern: str, portable: bool) -> None:
    tf = tensorflow()
    with tf.Graph().as_default():
        text = tf.compat.v1.placeholder(tf.string, [None])
        op = tf.raw_ops.RegexReplace(input=text, pattern=pattern, rewrite="x").op
        if not portable:
            with pytest.raises(ConversionError, match="regular expression"):
                node_of(op, {})
            return
        node = node_of(op, {})
    assert (node.op, node.attrs["rewrite"], len(node.inputs)) == ("StaticRegexReplace", "x", 1)


def test_a_resource_that_is_no_table_is_refused() -> None:
    tf = tensorflow()
    with tf.Graph().as_default():
        handle = tf.compat.v1.placeholder(tf.resource, [], name="table")
        op = tf.raw_ops.LookupTableSizeV2(table_handle=handle).op
        with pytest.raises(ConversionError, match="no lookup table: table"):
            node_of(op, {})


def test_what_depends_on_no_input_has_a_value() -> None:
    assert constant_of(words_graph().get_tensor_by_name("two:0")).tolist() == 2.0
