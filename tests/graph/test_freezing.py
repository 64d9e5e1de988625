"""A SavedModel's signature as one flat graph: named as the contract, its weights in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import ConversionError
from edgekit.graph.freezing import freeze
from edgekit.models.frozen_graph import load_frozen
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.system.optional import tensorflow
from tests.hub_modules import save_module, weights


@pytest.fixture
def model(tmp_path: Path) -> TunedModel:
    tf = tensorflow()
    matrix = weights(2, 3)
    path = save_module(
        tmp_path / "module",
        {"x": ("float32", (None, 2))},
        {"y": ("float32", (None, 3))},
        lambda values: {"y": tf.matmul(values["x"], matrix)},
        [matrix],
    )
    return load_model(path, out=tmp_path / "model")


def test_the_graph_answers_as_the_model(model: TunedModel, tmp_path: Path) -> None:
    tf = tensorflow()
    frozen = freeze(model, tmp_path / "frozen")
    assert frozen.front is None
    assert len(frozen.trainable) == 1
    x = np.array([[1, 2], [3, -4]], np.float32)
    expected = tf.saved_model.load(str(model.path)).signatures["serving_default"](x=x)["y"].numpy()
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(frozen.load(), name="")
        with tf.compat.v1.Session(graph=graph) as session:
            answer = session.run("y:0", {"x:0": x})
            other = session.run("y:0", {"x:0": -x})
    np.testing.assert_allclose(answer, expected, rtol=1e-6)
    assert not np.allclose(other, expected)


def test_it_is_found_again_and_half_of_it_is_not(model: TunedModel, tmp_path: Path) -> None:
    frozen = freeze(model, tmp_path / "frozen")
    assert load_frozen(tmp_path / "frozen") == frozen
    (tmp_path / "frozen" / "core.json").unlink()
    assert load_frozen(tmp_path / "frozen") is None


def test_a_damaged_model_is_refused_with_its_path(model: TunedModel, tmp_path: Path) -> None:
    (model.path / "saved_model.pb").write_bytes(b"damaged")
    with pytest.raises(ConversionError, match="TensorFlow cannot freeze") as caught:
        freeze(model, tmp_path / "frozen")
    assert caught.value.path == model.path
