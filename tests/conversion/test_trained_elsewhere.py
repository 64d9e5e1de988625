"""A model of tensorflow-model-optimization's quantization-aware training keeps the ranges that it learned.

TFLiteConverter's own conversion of the same model is what its int8 artifacts have to agree with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import load_samples
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.original.finished import load_model
from edgekit.recipe.variants import parse_variant
from edgekit.system.optional import require, tensorflow

IMAGES = np.random.default_rng(0).random((32, 8, 8, 3)).astype(np.float32)
NAMES = ["tflite-int8", "tflite-int8full", "onnx-int8", "tflite-fp32"]
SCALES = 3e-6
"""Of a range over 255 in float32, and of the batch norm that is multiplied into weights."""


@pytest.fixture(scope="module")
def model() -> Any:
    """A network that was trained by one step with quantization simulated: batch norms, a depthwise layer, a sum."""
    tools = require("tensorflow_model_optimization", asked="tests", extra="convert")
    keras = tensorflow().keras
    keras.utils.set_random_seed(0)
    layers = keras.layers
    image = keras.Input([8, 8, 3], name="image")
    x = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same", use_bias=False)(image)))
    y = layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)))
    x = layers.GlobalAveragePooling2D()(layers.Add()([layers.Conv2D(8, 1)(y), x]))
    x = layers.Dense(16, activation="relu")(x)
    network = keras.Model(image, layers.Dense(3)(x))
    network.compile(keras.optimizers.Adam(0.01), "mse")
    trained = tools.quantization.keras.quantize_model(network)
    trained.compile(keras.optimizers.Adam(0.01), "mse")
    targets = IMAGES[:, ::4, ::4].mean(axis=-1).reshape(32, -1)[:, :3]
    trained.fit(IMAGES, targets, batch_size=8, epochs=2, verbose=0)
    for weights in trained.weights:  # as after a long training: a moving average forgets the 6 that it starts from
        if weights.name.endswith(("post_activation_max:0", "output_max:0")):
            weights.assign(0.3 * weights)
        elif weights.name.endswith(("post_activation_min:0", "output_min:0")):
            weights.assign(0.1 * weights)
    return trained


@pytest.fixture(scope="module")
def artifacts(model: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    folder = tmp_path_factory.mktemp("trained")
    model.save(folder / "model.h5")
    conversions = convert_all(
        load_model(folder / "model.h5", out=folder / "model"),
        [parse_variant(name) for name in NAMES],
        samples=load_samples({"image": IMAGES}),
        out=folder / "artifacts",
    )
    assert [conversion.error for conversion in conversions] == [None] * len(NAMES)
    return {str(entry.variant): entry.artifact for entry in conversions if entry.artifact is not None}


@pytest.fixture(scope="module")
def reference(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that TFLiteConverter makes of the same model."""
    tf = tensorflow()
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path = tmp_path_factory.mktemp("reference") / "model.tflite"
    path.write_bytes(converter.convert())
    return path


def scales(path: Path) -> list[float]:
    """Return the scales of activations in a TFLite file, sorted: its tensors have other names."""
    litert = require("ai_edge_litert.interpreter", asked="tests", extra="convert")
    details = litert.Interpreter(str(path)).get_tensor_details()
    found = [detail["quantization"][0] for detail in details if detail["dtype"] == np.int8 and detail["shape"][0] == 1]
    return sorted(scale for scale in found if scale > 0)


def answers(path: Path) -> Any:
    litert = require("ai_edge_litert.interpreter", asked="tests", extra="convert")
    interpreter = litert.Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    rows = []
    for image in IMAGES:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    return np.concatenate(rows)


def test_the_learned_ranges_are_the_scales(artifacts: dict[str, Artifact], reference: Path) -> None:
    expected = scales(reference)
    assert len(expected) >= 7
    np.testing.assert_allclose(scales(artifacts["tflite-int8"].file), expected, rtol=SCALES)


def test_int8_answers_as_the_converters_own_file(artifacts: dict[str, Artifact], reference: Path) -> None:
    """Within one step of the output: kernels of other versions of an operator may round a half otherwise."""
    step = scales(reference)[-1]
    expected = answers(reference)
    assert np.abs(answers(artifacts["tflite-int8"].file) - expected).max() <= step
    assert np.abs(expected - answers(artifacts["tflite-fp32"].file)).max() > 1e-3 * step  # the floats are others


@pytest.mark.parametrize("name", ["tflite-int8full", "onnx-int8"])
def test_the_other_integers_agree_with_training(artifacts: dict[str, Artifact], model: Any, name: str) -> None:
    expected = model(IMAGES, training=False).numpy()
    with open_session(artifacts[name]) as session:
        values = np.concatenate([next(iter(session.run(image=image[None]).values())) for image in IMAGES])
    assert np.square(values - expected).mean() < 1e-2 * np.square(expected).mean()


def test_weights_that_training_rounded_are_rounded_to_the_nearest(artifacts: dict[str, Artifact]) -> None:
    assert artifacts["tflite-int8"].rounding == "nearest"
