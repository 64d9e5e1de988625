"""Operators that the quantizer does not know become integers all the same, and answer as they did."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.formats.tflite.graph import INTEGERS, float_islands, operator_type, write_graph
from edgekit.formats.tflite.passes import stand_ins
from edgekit.formats.tflite.passes.stand_ins import FIXED_RANGES, STAND_INS, WIDE
from edgekit.formats.tflite.quantizer import quantized
from edgekit.formats.tflite.statistics import Statistics
from edgekit.quantization.precision import precision
from edgekit.system.optional import require, tensorflow
from tests.environments import interpreter
from tests.formats.tflite.graphs import answer, converted

SHAPE = (1, 4, 4, 8)
VALUES = np.random.default_rng(0).normal(size=(16, *SHAPE)).astype(np.float32)
RUN_ALL = """
import sys
from pathlib import Path
import numpy as np
from tflite_runtime.interpreter import Interpreter
folder = Path(sys.argv[1])
for file in folder.glob("*.tflite"):
    interpreter = Interpreter(str(file))
    entry, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.resize_tensor_input(entry, np.load(folder / "values.npy")[0].shape)
    interpreter.allocate_tensors()
    answers = []
    for values in np.load(folder / "values.npy"):
        interpreter.set_tensor(entry, values)
        interpreter.invoke()
        answers.append(interpreter.get_tensor(result))
    np.save(file.with_suffix(".npy"), np.concatenate(answers))
"""


def calls() -> dict[str, Callable[[Any], Any]]:
    """Return for each operator a function that the converter makes one of."""
    tf = tensorflow()
    blocks, pads = [2, 2], [[0, 0], [0, 0]]
    alpha = tf.constant(np.linspace(0.1, 0.4, 8, dtype=np.float32)[None, None])
    return {
        "EXPAND_DIMS": lambda x: tf.expand_dims(x, 1),
        "SQUEEZE": lambda x: tf.squeeze(tf.reshape(x, [-1, 16, 1, 8])),
        "TILE": lambda x: tf.tile(x, [1, 2, 1, 1]),
        "REVERSE_V2": lambda x: tf.reverse(x, [1]),
        "SPLIT_V": lambda x: tf.split(x, [3, 5], -1)[1],
        "TOPK_V2": lambda x: tf.math.top_k(x, 3).values,
        "DEPTH_TO_SPACE": lambda x: tf.nn.depth_to_space(x, 2),
        "SPACE_TO_BATCH_ND": lambda x: tf.space_to_batch(x, blocks, pads),
        "BATCH_TO_SPACE_ND": lambda x: tf.batch_to_space(tf.reshape(x, [4, 2, 2, 8]), blocks, pads),
        "LEAKY_RELU": lambda x: tf.nn.leaky_relu(x, 0.2),
        "RELU6": lambda x: tf.nn.relu6(tf.reduce_max(4.0 * x, 1)),
        "RELU_N1_TO_1": lambda x: tf.maximum(-1.0, tf.minimum(tf.reduce_max(x, 1), 1.0)),
        "ELU": tf.nn.elu,
        "ABS": tf.abs,
        "EXP": tf.exp,
        "LOG_SOFTMAX": tf.nn.log_softmax,
        "L2_NORMALIZATION": lambda x: tf.nn.l2_normalize(x, -1),
        "ARG_MAX": lambda x: tf.cast(tf.argmax(x, -1, output_type=tf.int32), tf.float32),
        "ARG_MIN": lambda x: tf.cast(tf.argmin(x, -1, output_type=tf.int32), tf.float32),
        "GREATER": lambda x: tf.where(x > 0.3, x, 0.5 * x),
        "GREATER_EQUAL": lambda x: tf.where(x >= 0.3, x, 0.5 * x),
        "LESS": lambda x: tf.where(x < 0.3, x, 0.5 * x),
        "LESS_EQUAL": lambda x: tf.where(x <= 0.3, x, 0.5 * x),
        "PRELU": lambda x: tf.nn.relu(x) + (-alpha) * tf.nn.relu(-x),
        "MINIMUM": lambda x: tf.minimum(x, tf.tanh(x)),
        "REDUCE_MAX": lambda x: tf.reduce_max(x, [1, 2]),
    }


def ranges_of(loaded: Any) -> Statistics:
    """Return the ranges of all tensors over `VALUES`."""
    litert = require("ai_edge_litert.interpreter", asked="tests", extra="litert")
    interpreter = litert.Interpreter(model_content=write_graph(loaded), experimental_preserve_all_tensors=True)
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], SHAPE)
    interpreter.allocate_tensors()
    ranges: dict[str, list[NDArray[Any]]] = {}
    for values in VALUES:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
        interpreter.invoke()
        for detail in interpreter.get_tensor_details():
            if detail["dtype"] == np.float32 and detail["name"]:
                ranges.setdefault(detail["name"], []).append(interpreter.get_tensor(detail["index"]))
    return {
        name: {"min": np.min(arrays, keepdims=True)[0], "max": np.max(arrays, keepdims=True)[0]}
        for name, arrays in ranges.items()
    }


def types(loaded: Any) -> list[str]:
    return [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators]


def integers(loaded: Any, kind: str) -> bool:
    """Whether the one operator of a kind reads integers."""
    graph = loaded.subgraphs[0]
    (operator,) = [operator for operator in graph.operators if operator_type(loaded, operator) == kind]
    return graph.tensors[operator.inputs[0]].type in INTEGERS


def graph_of(kind: str) -> Any:
    """Return a graph with one operator of a kind between two products, so that no edge of the graph is its own."""
    tf, call = tensorflow(), calls()[kind]
    return converted(lambda x: {"y": 0.5 * call(1.5 * x)}, tf.TensorSpec([None, *SHAPE[1:]], tf.float32, "x"))


@pytest.mark.parametrize("kind", [*STAND_INS, *WIDE])
def test_it_computes_with_integers_and_answers_as_before(kind: str) -> None:
    loaded = graph_of(kind)
    assert kind in types(loaded)
    expected, before = np.concatenate([answer(loaded, values) for values in VALUES]), types(loaded)
    model = quantized(loaded, precision("int8full"), ranges_of(loaded), float_edges=("INPUT", "OUTPUT"), overrides={})
    assert types(loaded) == before  # the graph is itself again
    assert integers(model, kind)
    outputs = np.concatenate([answer(model, values) for values in VALUES])
    error = np.square(outputs - expected).sum() / np.square(expected).sum()
    assert error < 0.02


def test_the_runtime_of_a_pi_has_its_integer_kernel(tmp_path: Path) -> None:
    kinds = [*STAND_INS, *WIDE]
    python = interpreter("device")
    np.save(tmp_path / "values.npy", VALUES)
    graphs = {kind: graph_of(kind) for kind in kinds}
    expected = {kind: np.concatenate([answer(graphs[kind], values) for values in VALUES]) for kind in kinds}
    for kind, loaded in graphs.items():
        edges = ("INPUT", "OUTPUT")
        model = quantized(loaded, precision("int8full"), ranges_of(loaded), float_edges=edges, overrides={})
        (tmp_path / f"{kind}.tflite").write_bytes(write_graph(model))
    subprocess.run([python, "-c", RUN_ALL, tmp_path], check=True, capture_output=True)
    for kind, answers in expected.items():
        outputs = np.load(tmp_path / f"{kind}.npy")
        assert np.square(outputs - answers).sum() < 0.02 * np.square(answers).sum(), kind


@pytest.mark.parametrize("kind", ["EXPAND_DIMS", "LEAKY_RELU", "GREATER", "MINIMUM"])
def test_the_quantizer_alone_leaves_it_float(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: where the quantizer comes to know it, this fails, and its stand-in has become dead."""
    monkeypatch.setattr(stand_ins, "STAND_INS", {})
    loaded = graph_of(kind)
    model = quantized(loaded, precision("int8full"), ranges_of(loaded), float_edges=("INPUT", "OUTPUT"), overrides={})
    assert not integers(model, kind)


def test_wide_functions_stay_float_where_they_may() -> None:
    loaded = graph_of("EXP")
    model = quantized(loaded, precision("int8"), ranges_of(loaded), float_edges=("INPUT", "OUTPUT"), overrides={})
    assert float_islands(model) == ["EXP"]


@pytest.mark.parametrize("kind", FIXED_RANGES)
def test_a_kernel_that_takes_one_range_gets_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with the range that samples show, the interpreter refuses the file."""
    monkeypatch.setattr(stand_ins, "FIXED_RANGES", {})
    loaded = graph_of(kind)
    model = quantized(loaded, precision("int8full"), ranges_of(loaded), float_edges=("INPUT", "OUTPUT"), overrides={})
    with pytest.raises((RuntimeError, AssertionError)):
        np.testing.assert_allclose(answer(model, VALUES[0]), answer(loaded, VALUES[0]), atol=0.5)


def test_constants_and_integers_keep_their_values() -> None:
    """A token that is repeated for each sample, and counts that are cut off."""
    tf = tensorflow()
    token = tf.constant(VALUES[0][:, :1])

    def call(x: Any) -> Any:
        repeated = tf.tile(token, [tf.shape(x)[0], 1, 1, 1])
        counts = tf.tile(tf.minimum(tf.cast(3 * x, tf.int32), 2), [1, 1, 1, 1])
        return {"y": 0.5 * tf.concat([repeated, 1.5 * x, tf.cast(counts, tf.float32)], 1)}

    loaded = converted(call, tf.TensorSpec([None, *SHAPE[1:]], tf.float32, "x"))
    assert {"TILE", "MINIMUM"} <= set(types(loaded))
    expected = answer(loaded, VALUES[0])
    model = quantized(loaded, precision("int8full"), ranges_of(loaded), float_edges=("INPUT", "OUTPUT"), overrides={})
    assert np.square(answer(model, VALUES[0]) - expected).sum() < 0.02 * np.square(expected).sum()
