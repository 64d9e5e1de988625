"""The same model gives the same file, whatever numbers tf2onnx gave its tensors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest

from edgekit.errors import ConversionError
from edgekit.formats.onnx.canonical import canonicalize, forbid_unknown_ops, without_erfc
from edgekit.system.optional import tensorflow


def chain(first: int, *, value: float = 1.0, swapped: bool = False) -> Any:
    """Return a graph whose tensors are numbered from ``first``, as tf2onnx does."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    names = [f"add__{first}", f"add__{first + 1}", f"const__{first + 2}", f"const__{first + 3}"]
    weights = [onnx.numpy_helper.from_array(np.float32(value + number), names[2 + number]) for number in (0, 1)]
    nodes = [
        helper.make_node("Add", ["x", names[2]], [names[0]], name=f"node_{first}"),
        helper.make_node("Mul", [names[0], names[3]], [names[1]], name=f"node_{first + 1}"),
        helper.make_node("Add", [names[0], names[1]], ["y"], name="last"),
    ]
    ports = [helper.make_tensor_value_info(name, kind, [1]) for name in ("x", "y")]
    return helper.make_graph(nodes, "chain", ports[:1], ports[1:], weights[::-1] if swapped else weights)


def canonical(graph: Any) -> Any:
    canonicalize(graph)
    return graph


def test_numbers_and_order_do_not_matter_and_values_do() -> None:
    first = canonical(chain(3))
    assert canonical(chain(17, swapped=True)) == first
    assert canonical(chain(3, value=2.0)) != first
    assert [node.name for node in first.node] == ["Add_0", "Mul_1", "Add_2"]
    assert [node.output[0] for node in first.node] == ["add", "add_1", "y"]
    assert {name for node in first.node for name in node.input} <= {"x", "add", "add_1", "add/input_1", "add_1/input_1"}


def test_the_bodies_of_loops_and_branches_follow() -> None:
    helper = onnx.helper
    graph = chain(3)
    branch = helper.make_graph([helper.make_node("Identity", ["add__3"], ["inner"])], "branch", [], [])
    graph.node.append(helper.make_node("If", ["x"], ["z"], then_branch=branch, else_branch=branch))
    canonicalize(graph)
    bodies = [attribute.g for attribute in graph.node[-1].attribute]
    assert [body.node[0].input[0] for body in bodies] == ["add", "add"]


def test_bodies_of_the_same_names_get_names_of_their_own() -> None:
    helper = onnx.helper
    graph = chain(3)

    def branch() -> Any:
        weight = onnx.numpy_helper.from_array(np.float32(1), "weight__7")
        nodes = [helper.make_node("Add", ["add__3", "weight__7"], ["inner__9:0"])]
        return helper.make_graph(nodes, "branch", [], [helper.make_tensor_value_info("inner__9:0", 1, [1])], [weight])

    graph.node.append(helper.make_node("If", ["x"], ["z"], then_branch=branch(), else_branch=branch()))
    canonicalize(graph)
    first, second = (attribute.g for attribute in graph.node[-1].attribute)
    assert [list(body.node[0].input) for body in (first, second)] == [["add", "weight"], ["add", "weight_1"]]
    assert [tensor.name for body in (first, second) for tensor in body.initializer] == ["weight", "weight_1"]
    assert [body.node[0].output[0] for body in (first, second)] == [body.output[0].name for body in (first, second)]
    assert first.output[0].name == "inner:0"
    assert first.node[0].name == "If_3/Add_0"


def test_what_tf2onnx_left_as_it_was_is_refused() -> None:
    helper = onnx.helper
    definition = SimpleNamespace(node=[SimpleNamespace(op="BesselI0e", name="model/bessel")])
    model = helper.make_model(chain(3))
    forbid_unknown_ops(model, definition)
    model.graph.node.append(helper.make_node("BesselI0e", ["x"], ["z"]))
    with pytest.raises(ConversionError, match=r"knows no ONNX for BesselI0e \(at model/bessel\)"):
        forbid_unknown_ops(model, definition)


def test_the_complement_of_the_error_function_in_other_words() -> None:
    tf = tensorflow()
    values = tf.constant([-1.0, 0.0, 2.5, float("nan")])
    function = tf.function(lambda x: tf.math.erfc(x), input_signature=[tf.TensorSpec([4], tf.float32, "x")])
    definition = function.get_concrete_function().graph.as_graph_def()
    assert [node.op for node in definition.node].count("Erfc") == 1
    name = next(node.name for node in definition.node if node.op == "Erfc")
    rewritten = without_erfc(definition)
    assert not [node for node in rewritten.node if node.op == "Erfc"]
    ask = tf.function(lambda x: tf.graph_util.import_graph_def(rewritten, {"x:0": x}, [f"{name}:0"], name="")[0])
    np.testing.assert_allclose(ask(values).numpy(), tf.math.erfc(values).numpy(), atol=1e-6)
