"""Operators that cannot be compared, or answer what is not a number, never read as exact."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.debugging.operators import compare_operators
from edgekit.evaluation.output_error import ALL_NOISE_DB
from edgekit.formats.tflite.graph import constant_values, operator_types, read_graph, write_graph
from edgekit.formats.tflite.subgraphs import name_of
from tests.compression.graphs import pictures


@pytest.fixture
def model(float_file: bytes) -> bytes:
    return float_file


def feeds(model: bytes) -> list[dict[str, NDArray[np.float32]]]:
    graph = read_graph(model).subgraphs[0]
    return [{name_of(graph, int(graph.inputs[0])): pictures(1).astype(np.float32)}]


def test_a_file_against_itself_has_no_noise(model: bytes) -> None:
    operators, _ = compare_operators(model, model, feeds(model))
    assert all(op.compared and op.alone_db is None and op.low is not None for op in operators)


def test_an_operator_with_other_inputs_is_not_compared(model: bytes) -> None:
    loaded = read_graph(model)
    graph = loaded.subgraphs[0]
    place = operator_types(model).index("DEPTHWISE_CONV_2D")
    graph.tensors[int(graph.operators[place].inputs[0])].name = b"renamed"
    operators, _ = compare_operators(model, write_graph(loaded), feeds(model))
    name = name_of(graph, int(graph.operators[place].outputs[0]))
    (operator,) = [operator for operator in operators if operator.name == name]
    assert not operator.compared
    assert operator.low is None
    assert operator.alone_db is None


def test_what_is_not_a_number_is_all_noise(model: bytes) -> None:
    loaded = read_graph(model)
    graph = loaded.subgraphs[0]
    operator = graph.operators[operator_types(model).index("CONV_2D")]
    weights = graph.tensors[int(operator.inputs[1])]
    values = np.full_like(constant_values(loaded, weights), np.nan)
    loaded.buffers[weights.buffer].data = values.view(np.uint8).ravel()
    operators, _ = compare_operators(model, write_graph(loaded), feeds(model))
    assert operators[0].name == name_of(graph, int(operator.outputs[0]))
    assert operators[0].alone_db == ALL_NOISE_DB
