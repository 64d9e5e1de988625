"""Tiny ONNX classifiers of three classes: softmax of a weighted mean of a photo's colours, in either layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HEIGHT, WIDTH, SHARPNESS = 8, 6, 40.0


def weights() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return ``[height, width, 3]`` that no turning leaves alike."""
    sizes = (HEIGHT, WIDTH, 3)
    return np.asarray(SHARPNESS * np.random.default_rng(0).normal(size=sizes), np.float32)


def mean_model(path: Path, *, first: bool = False, damaged: bool = False, name: str = "photo") -> Path:
    """Write a model.

    Args:
        path: The file.
        first: Whether it takes its channels first.
        damaged: Whether height and width of its weights are mixed up.
        name: What its input is called.
    """
    kernel = weights()
    if damaged:
        kernel = kernel.reshape(WIDTH, HEIGHT, 3).transpose(1, 0, 2)
    if first:
        kernel = kernel.transpose(2, 0, 1)
    shape = ["n", *kernel.shape]
    nodes = [
        helper.make_node("Mul", [name, "kernel"], ["weighted"]),
        helper.make_node("ReduceMean", ["weighted"], ["mean"], axes=[2, 3] if first else [1, 2], keepdims=0),
        helper.make_node("Softmax", ["mean"], ["scores"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "mean",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(np.ascontiguousarray(kernel), "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path
