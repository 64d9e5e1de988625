"""Finished models: the contract that a signature implies, and what a recipe adds to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.signature import TensorSpec
from edgekit.errors import ModuleError
from edgekit.inference.sessions import open_session
from edgekit.original.finished import input_of, load_model
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.system.optional import tensorflow

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """A Keras file of a classifier with three classes."""
    keras = tensorflow().keras
    model = keras.Sequential([keras.Input([2], name="x"), keras.layers.Dense(3, activation="softmax", name="y")])
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_a_keras_file_becomes_a_model_with_its_contract(classifier: Path, tmp_path: Path) -> None:
    model = load_model(classifier, out=tmp_path / "model", labels=["a", "b", "c"])
    (output,) = model.contract.outputs
    assert (output.meaning, output.labels, output.shape) == ("probabilities", ("a", "b", "c"), (None, 3))
    x = np.array([[1, -2]], np.float32)
    with open_session(model) as session:
        (answer,) = session.run(**{model.contract.inputs[0].name: x}).values()
    np.testing.assert_allclose(answer, tensorflow().keras.models.load_model(classifier)(x), rtol=1e-5)


def test_labels_and_inputs_that_fit_nothing_are_refused(classifier: Path, tmp_path: Path) -> None:
    with pytest.raises(ModuleError, match="2 labels fit none of the model's outputs"):
        load_model(classifier, out=tmp_path / "model", labels=["a", "b"])
    entries = [InputRecipe(name="x"), InputRecipe(name="z")]
    with pytest.raises(ModuleError, match="the model has no input 'z'") as caught:
        load_model(classifier, out=tmp_path / "model", inputs=entries)
    assert caught.value.input == "z"


def test_the_one_input_takes_the_recipes_name(classifier: Path, tmp_path: Path) -> None:
    model = load_model(classifier, out=tmp_path / "model", inputs=[InputRecipe(name="measurements")])
    assert [spec.name for spec in model.contract.inputs] == ["measurements"]


def test_a_signature_is_named_where_there_are_several(tmp_path: Path) -> None:
    tf = tensorflow()
    module = tf.Module()

    def serve(scale: float) -> Any:
        spec = tf.TensorSpec([None, 2], tf.float32, name="x")
        return tf.function(lambda x: {"y": x * scale}, input_signature=[spec])

    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"once": serve(1.0), "twice": serve(2.0)})
    with pytest.raises(ModuleError, match=r"has no signature 'serving_default' \(it has: once, twice\)") as caught:
        load_model(tmp_path / "m", out=tmp_path / "model")
    assert caught.value.setting == "signature"
    assert "--" not in str(caught.value).replace(str(tmp_path), "")
    assert load_model(tmp_path / "m", out=tmp_path / "model", signature="twice").contract.signature == "twice"


@pytest.mark.parametrize(
    ("dtype", "shape", "kind"),
    [
        ("float32", (None, 8, 8, 3), "image"),
        ("float32", (None, 8, 8, 4), "tensor"),
        ("string", (None,), "text"),
        ("float32", (None, 3), "tensor"),
    ],
)
def test_the_kind_of_an_input_is_seen_from_its_tensor(dtype: str, shape: tuple[int | None, ...], kind: str) -> None:
    assert input_of(TensorSpec(name="x", dtype=dtype, shape=shape), "m").kind == kind


def test_a_saved_model_that_keeps_a_state_is_refused_as_it_is_loaded(tmp_path: Path) -> None:
    tf = tensorflow()
    module = tf.Module()
    module.state = tf.Variable(tf.zeros([1, 2]))
    spec = tf.TensorSpec([1, 2], tf.float32, name="x")
    module.step = tf.function(lambda x: {"y": module.state.assign_add(x) * 2}, input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.step)
    with pytest.raises(ModuleError, match=r"changes a variable as the model runs.*make the state an input"):
        load_model(tmp_path / "m", out=tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_free_rank_is_refused() -> None:
    with pytest.raises(ModuleError, match="the rank of 'x' is free") as caught:
        input_of(TensorSpec(name="x", dtype="float32", shape=None), "m")
    assert caught.value.handle == "m"
