"""What the quantizer is told shows in the file: the types of weights, and what is left alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from edgekit.formats.tflite.graph import read_graph, write_graph
from edgekit.formats.tflite.operators import operators_of
from edgekit.formats.tflite.quantizer import MIN_WEIGHTS, quantized
from edgekit.quantization.precision import precision
from tests.formats.tflite.graphs import dense

INPUTS = 64


@pytest.fixture(scope="module")
def layer() -> bytes:
    """One dense layer with more weights than stay float for being few."""
    weights = np.random.default_rng(0).normal(size=(INPUTS, 2 * MIN_WEIGHTS // INPUTS)).astype(np.float32)
    return write_graph(dense(weights, np.ones(weights.shape[1], np.float32)))


def dtypes(model: bytes, name: str, overrides: Mapping[str, str] | None = None) -> set[str]:
    """Return the types of all constants of the quantized file that are no biases."""
    changed = quantized(read_graph(model), precision(name), None, float_edges=(), overrides=overrides or {})
    tensors = [tensor for operator in operators_of(write_graph(changed)) for tensor in operator.inputs]
    return {tensor.dtype for tensor in tensors if tensor.constant and len(tensor.shape) > 1}


@pytest.mark.parametrize(
    ("name", "dtype"), [("fp16", "FLOAT16"), ("w8", "INT8"), ("w4", "INT4"), ("dynamic", "INT8"), ("dynamic4", "INT4")]
)
def test_weights_have_the_bits_of_the_precision(name: str, dtype: str, layer: bytes) -> None:
    assert dtypes(layer, name) == {dtype}


def test_an_override_names_one_operator(layer: bytes) -> None:
    (operator,) = operators_of(layer)
    assert dtypes(layer, "w4", {operator.name: "int8"}) == {"INT8"}
    assert dtypes(layer, "w4", {operator.name: "float"}) == {"FLOAT32"}
    assert dtypes(layer, "w4", {f"{operator.name}x": "float"}) == {"INT4"}
    assert dtypes(layer, "w4", {".*": "float"}) == {"INT4"}


def test_few_weights_stay_float() -> None:
    few = write_graph(dense(np.ones((INPUTS, MIN_WEIGHTS // INPUTS - 1), np.float32), np.ones(15, np.float32)))
    assert dtypes(few, "w8") == {"FLOAT32"}
    assert len(read_graph(few).subgraphs[0].operators) == 1
