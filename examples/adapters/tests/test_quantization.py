"""A precision, a calibration method and a rounding method of one file each: a model is converted by all three."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgekit
from edgekit.formats.tflite.graph import operator_types
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.system.optional import tensorflow

DATA = {"x": np.random.default_rng(0).normal(size=(60, 64)).astype(np.float32)}


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> TunedModel:
    """A dense layer and a softmax."""
    tf = tensorflow()
    folder = tmp_path_factory.mktemp("classifier")
    module = tf.Module()
    module.weights = tf.Variable(np.random.default_rng(1).normal(size=(64, 32)).astype(np.float32))

    def serve(x: object) -> dict[str, object]:
        return {"probabilities": tf.nn.softmax(x @ module.weights)}

    signature = tf.function(serve, input_signature=[tf.TensorSpec([None, 64], tf.float32, name="x")])
    tf.saved_model.save(module, str(folder / "saved"), signatures={"serving_default": signature})
    return load_model(folder / "saved", out=folder / "model")


def converted(model: TunedModel, variant: str, out: Path, **settings: str) -> edgekit.Artifact:
    return edgekit.convert(model, variant, data=DATA, out=out, settings=ConversionRecipe(**settings))


def test_a_precision(classifier: TunedModel, tmp_path: Path) -> None:
    artifact = converted(classifier, "tflite-int8soft", tmp_path)
    types = operator_types(artifact.file.read_bytes())
    assert types.index("DEQUANTIZE") < types.index("SOFTMAX")
    assert edgekit.parity(classifier, artifact, data=DATA).to_json()["outputs"]["probabilities"]["sqnr_db"] > 25


def test_a_calibration_method(classifier: TunedModel, tmp_path: Path) -> None:
    sigma = converted(classifier, "tflite-int8", tmp_path / "sigma", method="three-sigma")
    widest = converted(classifier, "tflite-int8", tmp_path / "widest", method="min-max")
    assert sigma.file.read_bytes() != widest.file.read_bytes()


def test_a_rounding_method(classifier: TunedModel, tmp_path: Path) -> None:
    chance = converted(classifier, "tflite-w8", tmp_path / "chance", rounding="stochastic")
    nearest = converted(classifier, "tflite-w8", tmp_path / "nearest", rounding="nearest")
    assert chance.rounding == "stochastic"
    assert chance.file.read_bytes() != nearest.file.read_bytes()
