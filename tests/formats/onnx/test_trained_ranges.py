"""What training fixed arrives at the tensors of an ONNX graph; behind a ReLU no range reaches below zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from edgekit.formats.onnx.trained_ranges import trained_ranges, trained_weights

STEPS = np.asarray([0.1, 0.2, 0.4])
INTEGERS = np.random.default_rng(0).integers(-100, 101, size=(3, 5))
INTEGERS[:, :2] = [100, 99]


def graph(weights: Any, *, transposed: bool) -> Any:
    """Return ``y = clip(relu(gemm(x)), 0, 6)`` as an ONNX graph."""
    node, tensors = onnx.helper.make_node, onnx.numpy_helper.from_array
    return onnx.helper.make_graph(
        [
            node("Gemm", ["x", "w"], ["dense:0"], transB=int(transposed)),
            node("Relu", ["dense:0"], ["relu:0"]),
            node("Clip", ["relu:0", "low", "high"], ["clip:0"]),
        ],
        "graph",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 5])],
        [onnx.helper.make_tensor_value_info("clip:0", onnx.TensorProto.FLOAT, [None, 3])],
        [
            tensors(np.asarray(weights, np.float32), "w"),
            tensors(np.float32(0), "low"),
            tensors(np.float32(6), "high"),
        ],
    )


def test_ranges_are_as_learned_but_for_what_an_activation_cuts_off() -> None:
    trained = {"x": (-1.0, 1.0), "dense": (-9.0, 9.0), "relu": (-9.0, 9.0), "clip": (-6.0, 9.0), "gone": (0.0, 1.0)}
    assert trained_ranges(graph(INTEGERS, transposed=True), trained) == {
        "x": (-1.0, 1.0),
        "dense:0": (-9.0, 9.0),
        "relu:0": (0.0, 9.0),
        "clip:0": (0.0, 6.0),
    }


@pytest.mark.parametrize("transposed", [True, False])
def test_rounded_weights_have_the_ranges_of_their_steps(transposed: bool) -> None:
    weights = INTEGERS * STEPS[:, None]
    stored = weights if transposed else weights.T
    (channels,) = trained_weights(graph(stored, transposed=transposed)).values()
    assert [channel["axis"] for channel in channels] == [0 if transposed else 1] * 3
    np.testing.assert_allclose([channel["rmax"] for channel in channels], 127 * STEPS, rtol=1e-5)
    np.testing.assert_allclose([channel["rmin"] for channel in channels], -127 * STEPS, rtol=1e-5)


def test_other_weights_are_left_to_the_quantizer() -> None:
    weights = np.random.default_rng(1).normal(size=(3, 5))
    assert trained_weights(graph(weights, transposed=True)) == {}
