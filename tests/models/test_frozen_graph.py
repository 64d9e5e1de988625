"""Frozen graphs on disk: whole or not at all, with contract, front end and ranges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgekit.models.frozen_graph import CORE_FILE, FrozenGraph, load_frozen, save_frozen
from edgekit.system.optional import tensorflow
from tests.models.test_tuned_model import PUBLIC


@pytest.fixture
def definition() -> Any:
    tf = tensorflow()
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, 2], name="x")
        tf.negative(x, name="y")
    return graph.as_graph_def()


def test_what_is_saved_is_loaded(definition: Any, tmp_path: Path) -> None:
    front = tmp_path / "before" / "frontend"
    front.mkdir(parents=True)
    (front / "program.json").write_text("{}")
    graph = FrozenGraph(path=tmp_path / "before" / "frozen.pb", contract=PUBLIC, front=front, trainable=("w",))
    saved = save_frozen(tmp_path / "after", definition, graph, ranges={"y": (-1.0, 2.5)})
    assert saved == load_frozen(tmp_path / "after")
    assert saved.load() == definition
    assert (saved.contract, saved.trainable, saved.ranges) == (PUBLIC, ("w",), {"y": (-1.0, 2.5)})
    assert saved.front == tmp_path / "after" / "frontend"
    assert (saved.front / "program.json").read_text() == "{}"


def test_what_was_not_saved_to_the_end_is_none(definition: Any, tmp_path: Path) -> None:
    save_frozen(tmp_path, definition, FrozenGraph(path=tmp_path, contract=PUBLIC), ranges={})
    (tmp_path / CORE_FILE).unlink()
    assert load_frozen(tmp_path) is None
    assert load_frozen(tmp_path / "none") is None
