"""Integers of ONNX files are chosen anew where their layers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from edgekit.formats.onnx import rounding as onnx_rounding
from edgekit.formats.onnx.weights import store_weights
from edgekit.quantization.rounding.gptq import rounded
from tests.quantization.inputs import correlated


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_onnx_products_of_four_bits(tmp_path: Path, generator: np.random.Generator) -> None:
    import onnx

    weights = onnx.numpy_helper.from_array(generator.normal(size=(48, 32)).astype(np.float32), "w")
    ports = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size])
        for name, size in (("x", 48), ("y", 32))
    ]
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([node], "product", ports[:1], ports[1:], [weights])
    source = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10)
    onnx.save(source, tmp_path / "float.onnx")
    values = correlated(generator, 400, 48)[:, 0]
    found = onnx_rounding.measure(tmp_path / "float.onnx", [{"x": values[:200]}, {"x": values[200:]}])
    errors = []
    for moments in ({}, found):
        made = onnx.ModelProto.FromString(source.SerializeToString())
        store_weights(made, ("MatMul",), bits=4, overrides={})
        assert onnx_rounding.round_weights(made, source, moments, rounded) == len(moments)
        session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
        exact = values @ onnx.numpy_helper.to_array(weights)
        errors.append(float(np.square(session.run(None, {"x": values})[0] - exact).sum()))
    assert errors[1] < 0.5 * errors[0]


def test_onnx_weights_in_another_order_are_left_alone() -> None:
    import onnx

    weights = onnx.numpy_helper.from_array(np.ones((4, 4), np.float32), "w")
    layers: list[Any] = []
    for transposed in (0, 1):
        node = onnx.helper.make_node("Gemm", ["x", "w"], ["y"], transB=transposed)
        graph = onnx.helper.make_graph([node], "product", [], [], [weights])
        layers += onnx_rounding._layers(graph)
    assert layers[0].like(layers[0])
    assert not layers[0].like(layers[1])
