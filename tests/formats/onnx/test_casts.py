"""Operators without a kernel of float16, within a loop: the casts around them stand where their tensors are."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnxruntime.transformers.float16 import convert_float_to_float16

from edgekit.formats.onnx.casts import place_casts

FLOAT = onnx.TensorProto.FLOAT


def looping() -> Any:
    """Return a model whose loop takes what is larger, twice: ``Max`` stays float32, and feeds itself."""
    helper, constant = onnx.helper, onnx.numpy_helper.from_array
    scalars = {name: helper.make_tensor_value_info(name, kind, []) for name, kind in (("step", 7), ("go", 9))}
    nodes = [
        helper.make_node("Identity", ["go"], ["goes"]),
        helper.make_node("Mul", ["state", "half"], ["less"]),
        helper.make_node("Max", ["less", "low"], ["first"]),
        helper.make_node("Max", ["less", "first"], ["second"]),
        helper.make_node("Add", ["first", "second"], ["next"]),
    ]
    body = helper.make_graph(
        nodes,
        "body",
        [scalars["step"], scalars["go"], helper.make_tensor_value_info("state", FLOAT, [2])],
        [helper.make_tensor_value_info("goes", 9, []), helper.make_tensor_value_info("next", FLOAT, [2])],
        [constant(np.float32(0.25), "half"), constant(np.float32(0.5), "low")],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["count", "true", "x"], ["y"], body=body)],
        "looping",
        [helper.make_tensor_value_info("x", FLOAT, [2])],
        [helper.make_tensor_value_info("y", FLOAT, [2])],
        [constant(np.int64(3), "count"), constant(np.bool_(True), "true")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def answer(model: Any) -> Any:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.array([1.0, 7.0], np.float32)})[0]


def test_a_loop_with_operators_that_stay_float_answers_as_before() -> None:
    half = convert_float_to_float16(looping(), keep_io_types=True)
    with pytest.raises(Exception, match=r"ONNXRuntimeError"):  # or place_casts has nothing to mend
        answer(half)
    place_casts(half.graph)
    np.testing.assert_allclose(answer(half), answer(looping()), rtol=2e-3)
    casts = [node for node in half.graph.node if node.op_type == "Cast"]
    assert len(casts) == 2  # those of the edges
