"""A max pool reads the zeros that were padded in front of it, whatever ONNX Runtime fuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from edgekit.formats.onnx.padding import keep_padding

VALUES = np.full((1, 1, 2, 2), -3.0, np.float32)


def padded_pool(**attributes: Any) -> Any:
    """Return a model that pads an image of 2 x 2 pixels by one zero on each side, and pools windows of 2 x 2."""
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("MaxPool", ["padded"], ["y"], kernel_shape=[2, 2], strides=[2, 2], **attributes),
    ]
    pads = onnx.numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64), "pads")
    ports = [helper.make_tensor_value_info(name, number, [1, 1, 2, 2]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "padded", ports[:1], ports[1:], [pads])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answer(model: Any) -> Any:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": VALUES})[0]


@pytest.mark.parametrize("attributes", [{}, {"pads": [0, 0, 0, 0]}, {"auto_pad": "NOTSET"}])
def test_zeros_count(attributes: dict[str, Any]) -> None:
    model = padded_pool(**attributes)
    keep_padding(model.graph)
    onnx.checker.check_model(model)
    np.testing.assert_array_equal(answer(model), np.zeros_like(VALUES))


def test_the_fault_is_there_without_it() -> None:
    """The twin: where the runtime no longer fuses, this fails, and the pass has become dead."""
    np.testing.assert_array_equal(answer(padded_pool()), VALUES)


def test_padding_of_its_own_stays() -> None:
    model = padded_pool(pads=[1, 1, 1, 1])
    before = model.SerializeToString()
    keep_padding(model.graph)
    assert model.SerializeToString() == before
