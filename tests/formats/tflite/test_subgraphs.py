"""Parts of a file run by themselves, and answer as they do in the whole."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgekit.formats.tflite.graph import operator_types, read_graph
from edgekit.formats.tflite.subgraphs import (
    Runner,
    constant,
    dequantized,
    name_of,
    prefix,
    quantization_of,
    quantized,
    single,
    tensor_feeds,
)
from tests.formats.tflite.graphs import dense

X = np.array([[0.5, -1.0, 2.0, 0.0]], np.float32)
FIRST = (X + X * X) * X


def outputs_of(loaded: Any, number: int) -> list[int]:
    return [int(index) for index in loaded.subgraphs[0].operators[number].outputs]


def test_a_prefix_has_what_a_tensor_is_computed_by(sums: Path) -> None:
    loaded = read_graph(sums.read_bytes())
    model = prefix(loaded, outputs_of(loaded, 2))
    assert operator_types(model) == ["MUL", "ADD", "MUL"]
    runner = Runner(model)
    (output,) = runner.run(dict.fromkeys(runner.inputs, X)).values()
    np.testing.assert_allclose(output, FIRST, rtol=1e-6)
    assert operator_types(prefix(loaded, outputs_of(loaded, 0))) == ["MUL"]


def test_an_operator_by_itself_reads_what_it_computes_with(sums: Path) -> None:
    loaded = read_graph(sums.read_bytes())
    runner = Runner(single(loaded, 3))
    assert len(runner.inputs) == 1
    (output,) = runner.run(dict.fromkeys(runner.inputs, FIRST)).values()
    np.testing.assert_allclose(output, np.sin(FIRST), atol=1e-6)
    assert len(Runner(single(loaded, 4)).inputs) == 2


def test_constants_go_along() -> None:
    loaded = dense(np.full((4, 2), 2, np.float32), np.array([1, -1], np.float32))
    indices = loaded.subgraphs[0].operators[0].inputs
    assert [constant(loaded, int(index)) for index in indices] == [False, True, True]
    runner = Runner(single(loaded, 0), delegate=False, inside=True)
    assert len(runner.inputs) == 1
    (output,) = runner.run(dict.fromkeys(runner.inputs, X)).values()
    np.testing.assert_allclose(output, [[4.0, 2.0]])
    name = name_of(loaded.subgraphs[0], int(indices[1]))
    assert runner.tensors([name, "no such tensor"])[name].shape == (2, 4)


def test_a_batch_of_another_size_is_taken(sums: Path) -> None:
    runner = Runner(sums.read_bytes())
    several = np.concatenate([X, 2 * X, np.full_like(X, np.nan)])
    (output,) = runner.run(dict.fromkeys(runner.inputs, several)).values()
    np.testing.assert_allclose(output[:1], np.sin(FIRST) + FIRST, atol=1e-5)
    assert np.isnan(output[2]).all()


def test_feeds_go_by_the_names_of_tensors(sums: Path) -> None:
    (feed,) = tensor_feeds(sums.read_bytes(), [{"x": X}])
    assert list(feed) == list(Runner(sums.read_bytes()).inputs)
    assert tensor_feeds(sums.read_bytes(), []) == []
    with pytest.raises(KeyError, match="unknown"):
        tensor_feeds(sums.read_bytes(), [{"unknown": X}])


def test_integers_on_the_way_in_and_floats_on_the_way_out() -> None:
    detail = {"dtype": np.int8, "quantization": (0.5, 3)}
    stored = quantized(X, detail)
    assert stored.tolist() == [[4, 1, 7, 3]]
    np.testing.assert_array_equal(dequantized(stored, detail), X)
    float_ = {"dtype": np.float32, "quantization": (0.0, 0)}
    np.testing.assert_array_equal(quantized(X, float_), X)
    np.testing.assert_array_equal(dequantized(stored, float_), stored)


def test_quantization_in_a_file() -> None:
    parameters = SimpleNamespace(scale=[0.5, 0.25], zeroPoint=None, quantizedDimension=1)
    found = quantization_of(SimpleNamespace(quantization=parameters))
    assert found is not None
    scale, zero, axis = found
    assert (scale.tolist(), zero.tolist(), axis) == ([0.5, 0.25], [0.0, 0.0], 1)
    for quantization in (None, SimpleNamespace(scale=None), SimpleNamespace(scale=[])):
        assert quantization_of(SimpleNamespace(quantization=quantization)) is None
