"""Models that are in memory: what is one, how it is saved, and that it answers as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract
from edgekit.conversion.conversion import convert
from edgekit.errors import ModuleError
from edgekit.inference.sessions import open_session
from edgekit.original.finished import load_model
from edgekit.original.in_memory import FUNCTION, LAYER, MODEL, MODULE, kind_in_memory, save_in_memory
from edgekit.system.optional import tensorflow
from tests.hub_modules import Specs, save_module, weights

pytestmark = pytest.mark.filterwarnings("ignore")
X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


def keras_2() -> Any:
    keras = tensorflow().keras
    return keras.Sequential([keras.Input([4], name="x"), keras.layers.Dense(3, activation="softmax", name="y")])


def keras_3() -> Any:
    tensorflow()
    import keras  # Keras 3

    x = keras.Input([4], name="x")
    return keras.Model(x, keras.layers.Dense(3, activation="softmax", name="y")(x))


def keras_3_in_a_row() -> Any:
    tensorflow()
    import keras  # Keras 3

    return keras.Sequential([keras.Input([4], name="x"), keras.layers.Dense(3, activation="softmax", name="y")])


def sentences() -> Any:
    """A model with its own preprocessing, which is a lookup table and no variable."""
    keras = tensorflow().keras
    words = keras.layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=3)
    text = keras.Input([], dtype="string", name="x")
    embedded = keras.layers.Embedding(4, 2)(words(text))
    return keras.Model(text, keras.layers.Dense(2)(keras.layers.Flatten()(embedded)))


def module() -> Any:
    tf = tensorflow()

    class Product(tf.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.kernel = weights(4, 3)  # without the name that tf.Module would give it

        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])  # type: ignore[untyped-decorator]
        def __call__(self, x: Any) -> Any:
            return {"y": x @ self.kernel}

    return Product()


def function() -> Any:
    tf = tensorflow()
    kernel = weights(4, 3)
    return tf.function(lambda x: x @ kernel, input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])


def of_a_dict() -> Any:
    """A function whose argument is a dict, and whose tensors have names of their own."""
    tf = tensorflow()
    kernel = weights(4, 3)
    spec = {"left": tf.TensorSpec([None, 4], tf.float32, name="x"), "right": tf.TensorSpec([None, 3], tf.float32)}
    return tf.function(lambda pair: pair["left"] @ kernel + pair["right"], input_signature=[spec])


def of_another_name() -> Any:
    tf = tensorflow()
    kernel = weights(4, 3)
    return tf.function(lambda values: values @ kernel, input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])


@pytest.mark.parametrize(
    ("make", "kind"), [(keras_2, MODEL), (keras_3, MODEL), (module, MODULE), (function, FUNCTION), (dict, None)]
)
def test_what_holds_a_model(make: Any, kind: str | None) -> None:
    assert kind_in_memory(make()) == kind


def test_a_dict_of_tensors_is_several_inputs() -> None:
    model, bias = of_a_dict(), np.ones([3, 3], np.float32)
    loaded = load_model(model)
    assert {spec.name for spec in loaded.contract.inputs} == {"left", "right"}
    with open_session(loaded) as session:
        (answer,) = session.run(left=X, right=bias).values()
    np.testing.assert_allclose(answer, model({"left": X, "right": bias}), rtol=1e-5)


@pytest.mark.parametrize("make", [keras_2, keras_3, keras_3_in_a_row, module, function, of_another_name])
def test_it_answers_as_before(make: Any) -> None:
    model = make()
    loaded = load_model(model)  # first: a model that was called knows more of itself
    expected = model(X)
    expected = expected["y"] if isinstance(expected, dict) else expected
    with open_session(loaded) as session:
        (answer,) = session.run(x=X).values()
    np.testing.assert_allclose(answer, expected, rtol=1e-5)


def test_inputs_are_in_the_models_own_order() -> None:
    """A SavedModel has them by the alphabet, and data without names would go to the wrong ones without a word."""
    keras = tensorflow().keras
    right, left = keras.Input([4], name="b"), keras.Input([4], name="a")
    loaded = load_model(keras.Model([right, left], keras.layers.Subtract()([right, left])))
    assert [spec.name for spec in loaded.contract.inputs] == ["b", "a"]
    assert Contract.load(loaded.path) == loaded.contract


def test_its_own_preprocessing_goes_along() -> None:
    model = sentences()
    with open_session(load_model(model)) as session:
        (answer,) = session.run(x=np.array(["good bad", "other"], object)).values()
    np.testing.assert_allclose(answer, model(tensorflow().constant(["good bad", "other"])), rtol=1e-5)


def test_labels_are_kept_and_it_converts(tmp_path: Path) -> None:
    artifact = convert(load_model(keras_3(), labels=["a", "b", "c"]), "tflite-fp32", out=tmp_path)
    assert artifact.contract is not None
    assert artifact.contract.outputs[0].labels == ("a", "b", "c")


def test_a_layer_of_tensorflow_hub(tmp_path: Path) -> None:
    kernel = weights(4, 3)
    inputs: Specs = {"x": ("float32", (None, 4))}
    outputs: Specs = {"y": ("float32", (None, 3))}
    path = save_module(tmp_path / "m", inputs, outputs, lambda x: {"y": x["x"] @ kernel}, [kernel])
    import tensorflow_hub as hub  # after TensorFlow, whose Keras is chosen as it is imported

    layer = hub.KerasLayer(str(path))
    assert kind_in_memory(layer) == LAYER
    with open_session(load_model(layer)) as session:
        (answer,) = session.run(**{session.contract.inputs[0].name: X}).values()
    np.testing.assert_allclose(answer, layer(X), rtol=1e-5)


def test_what_does_not_say_what_it_takes_is_refused() -> None:
    tf = tensorflow()

    class Subclassed(tf.keras.Model):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            return x * 2

    with pytest.raises(ModuleError, match="an object of class 'dict' is no model"):
        load_model({})
    with pytest.raises(ModuleError, match="does not say what it takes"):
        save_in_memory(tf.function(lambda x: x))
    with pytest.raises(ModuleError, match="has no fixed inputs"):
        save_in_memory(Subclassed())
    called = Subclassed()
    called(X)
    assert (save_in_memory(called).path / "saved_model.pb").is_file()
    with pytest.raises(ModuleError, match=r"does not say which function answers.*__call__") as caught:
        save_in_memory(module(), "__cal__")
    assert caught.value.setting == "signature"
