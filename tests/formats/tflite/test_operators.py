"""Operators of a file as the rules of delegates ask about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import ArtifactError
from edgekit.formats.tflite.graph import read_graph, write_graph
from edgekit.formats.tflite.operators import operators_of
from tests.formats.tflite.graphs import dense


def test_they_know_what_makes_their_inputs(sums: Path) -> None:
    operators = operators_of(sums.read_bytes())
    assert [operator.kind for operator in operators] == ["MUL", "ADD", "MUL", "SIN", "ADD"]
    assert [operator.makers for operator in operators] == [(), (0,), (1,), (2,), (2, 3)]
    assert [operator.index for operator in operators] == [0, 1, 2, 3, 4]
    assert {tensor.shape for operator in operators for tensor in operator.inputs} == {(1, 4)}
    assert not any(tensor.constant for operator in operators for tensor in operator.inputs)


def test_a_size_that_may_change_is_none(sums: Path) -> None:
    loaded = read_graph(sums.read_bytes())
    loaded.subgraphs[0].tensors[0].shapeSignature = [-1, 4]
    shapes = [tensor.shape for tensor in operators_of(write_graph(loaded))[0].inputs]
    assert set(shapes) == {(None, 4)}


def test_constants_activations_and_steps() -> None:
    loaded = dense(np.ones((4, 2), np.float32), np.ones(2, np.float32))
    (layer,) = operators_of(write_graph(loaded))
    assert [tensor.constant for tensor in layer.inputs] == [False, True, True]
    assert not layer.activation
    assert layer.inputs[1].steps is None
    operator, graph = loaded.subgraphs[0].operators[0], loaded.subgraphs[0]
    operator.builtinOptions.fusedActivationFunction = 1
    weights = graph.tensors[operator.inputs[1]]
    parameters = type(weights.quantization)()
    parameters.scale, parameters.zeroPoint = [0.5], [3]
    weights.quantization = parameters
    (changed,) = operators_of(write_graph(loaded))
    assert changed.activation
    assert changed.inputs[1].steps == (0.5, 3)
    parameters.scale, parameters.zeroPoint = [0.5, 0.25], [0, 0]
    assert operators_of(write_graph(loaded))[0].inputs[1].steps is None


@pytest.mark.parametrize("length", [0, 8, 200])
def test_a_damaged_file(length: int, sums: Path) -> None:
    with pytest.raises(ArtifactError, match="it is a damaged TFLite file"):
        operators_of(sums.read_bytes()[:length])
