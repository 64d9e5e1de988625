"""Large constants stay in a graph's file while the rest is copied, and come back, each to its node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract
from edgekit.errors import ConversionError
from edgekit.graph.light import LARGE, fill_saved_model, load_light
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.system.optional import tensorflow

SIDE = 160
MATRIX = np.random.default_rng(0).normal(size=(SIDE, SIDE)).astype(np.float32)


@pytest.fixture
def frozen(tmp_path: Path) -> FrozenGraph:
    """``x -> y = x @ MATRIX + [2, 2, ...]``."""
    tf = tensorflow()
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, SIDE], name="x")
        tf.add(tf.matmul(x, tf.constant(MATRIX, name="matrix")), tf.fill([SIDE], 2.0), name="y")
    path = tmp_path / "frozen.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return FrozenGraph(path=path, contract=Contract(inputs=(), outputs=(), signature=""))


def saved(definition: Any, folder: Path) -> Path:
    tf = tensorflow()
    root = tf.Module()
    root.serve = tf.function(
        lambda x: tf.graph_util.import_graph_def(definition, {"x:0": x}, ["y:0"], name="")[0],
        input_signature=[tf.TensorSpec([None, SIDE], tf.float32, "x")],
    )
    tf.saved_model.save(root, str(folder))
    return folder


def answer(folder: Path, x: Any) -> Any:
    return tensorflow().saved_model.load(str(folder)).serve(x).numpy()


def test_a_light_graph_has_shapes_and_no_values(frozen: FrozenGraph) -> None:
    assert MATRIX.nbytes >= LARGE
    definition = load_light(frozen)
    assert definition.ByteSize() < frozen.path.stat().st_size - MATRIX.nbytes + 100
    node = next(node for node in definition.node if node.name == "matrix")
    assert [size.size for size in node.attr["value"].tensor.tensor_shape.dim] == [SIDE, SIDE]


def test_the_values_come_back(frozen: FrozenGraph, tmp_path: Path) -> None:
    folder = saved(load_light(frozen), tmp_path / "saved")
    x = np.eye(2, SIDE, dtype=np.float32)
    assert not np.allclose(answer(folder, x), MATRIX[:2] + 2)
    fill_saved_model(folder, frozen)
    np.testing.assert_allclose(answer(folder, x), MATRIX[:2] + 2, atol=1e-6)


def test_values_without_their_node_are_noticed(frozen: FrozenGraph, tmp_path: Path) -> None:
    definition = load_light(frozen)
    for node in definition.node:
        node.name = node.name.replace("matrix", "other")
        node.input[:] = [name.replace("matrix", "other") for name in node.input]
    with pytest.raises(ConversionError, match="the weights of node matrix got lost"):
        fill_saved_model(saved(definition, tmp_path / "saved"), frozen)
