"""Weights of ONNX files become integers with a scale per channel, and are read back as they were stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from edgekit.formats.onnx.weights import MIN_WEIGHTS, store_integers, store_weights, weights_of


def product(weights: NDArray[np.float32], kind: str = "MatMul", **attributes: Any) -> Any:
    """Return a model of one operator ``y`` on ``x`` and constant weights."""
    helper, float_ = onnx.helper, onnx.TensorProto.FLOAT
    ids = kind == "Gather"
    graph = helper.make_graph(
        [helper.make_node(kind, ["w", "x"] if ids else ["x", "w"], ["y"], **attributes)],
        "product",
        [helper.make_tensor_value_info("x", onnx.TensorProto.INT64 if ids else float_, ["n"] if ids else ["n", "k"])],
        [helper.make_tensor_value_info("y", float_, ["n", "m"])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def answer(model: Any, values: NDArray[Any]) -> NDArray[Any]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs: list[NDArray[Any]] = session.run(None, {"x": values})
    return outputs[0]


@pytest.fixture
def weights() -> NDArray[np.float32]:
    """Columns of very different sizes; one of them is zero."""
    values = np.random.default_rng(0).normal(size=(64, 33)) * np.logspace(-3, 3, 33)
    values[:, 7] = 0
    return values.astype(np.float32)


@pytest.mark.parametrize(("bits", "levels"), [(8, 127), (4, 7)])
@pytest.mark.parametrize(("kind", "axis", "attributes"), [("MatMul", 0, {}), ("Gemm", 1, {"transB": 1})])
def test_each_channel_is_rounded_to_steps_of_its_own(
    bits: int, levels: int, kind: str, axis: int, attributes: dict[str, Any], weights: NDArray[np.float32]
) -> None:
    stored = np.ascontiguousarray(weights if axis == 0 else weights.T)
    model = product(stored, kind, **attributes)
    store_weights(model, (kind,), bits=bits, overrides={})
    rounded = answer(model, np.eye(64, dtype=np.float32))
    step = np.abs(weights).max(axis=0) / levels
    assert (np.abs(rounded - weights) <= 0.5001 * step + np.finfo(np.float32).tiny).all()
    assert not (rounded == weights).all()
    assert "w" not in {tensor.name for tensor in model.graph.initializer}
    (entry,) = weights_of(model.graph)
    assert (entry.name, entry.op) == ("y", kind)
    assert np.abs(entry.values.astype(int)).max() == levels


def test_tables_have_a_scale_for_each_row(weights: NDArray[np.float32]) -> None:
    table = np.ascontiguousarray(weights.T)
    model = product(table, "Gather")
    store_weights(model, ("Gather",), bits=8, overrides={})
    error = np.abs(answer(model, np.arange(33)) - table)
    assert (error <= 0.5001 * np.abs(table).max(axis=1, keepdims=True) / 127).all()


@pytest.mark.parametrize("overrides", [{"y": "float"}, {}])
def test_what_stays_float(overrides: dict[str, str], weights: NDArray[np.float32]) -> None:
    small = np.ones((4, MIN_WEIGHTS // 4 - 1), np.float32)
    model = product(weights if overrides else small)
    before = model.SerializeToString()
    store_weights(model, ("MatMul",), bits=4, overrides=overrides)
    assert model.SerializeToString() == before
    larger = product(np.ones((4, MIN_WEIGHTS // 4), np.float32))
    store_weights(larger, ("MatMul",), bits=4, overrides={})
    assert next(weights_of(larger.graph)).values.dtype == np.int8


def test_an_override_of_eight_bits(weights: NDArray[np.float32]) -> None:
    model = product(weights)
    store_weights(model, ("MatMul",), bits=4, overrides={"y": "int8"})
    assert np.abs(next(weights_of(model.graph)).values.astype(int)).max() == 127


def test_integers_of_four_bits_of_an_odd_number_come_back() -> None:
    tensor = onnx.helper.make_tensor("w", onnx.TensorProto.INT4, (1, 3), b"\0\0", raw=True)
    values = np.array([[-7, 3, 5]], np.int8)
    store_integers(tensor, values)
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(tensor).astype(np.int8), values)


def test_a_graph_without_weights_has_none() -> None:
    assert list(weights_of(onnx.helper.make_graph([], "empty", [], []))) == []
