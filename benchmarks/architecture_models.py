"""Models that the table of architectures converts: keras.applications and small nets of other kinds, weights random."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.system.optional import tensorflow

SIDE = 96  # pixels: above what each architecture asks for
Build = Callable[[Any], Any]


def _application(name: str) -> Build:
    def make(keras: Any) -> Any:
        return getattr(keras.applications, name)(
            weights=None, input_shape=(SIDE, SIDE, 3), classes=10, classifier_activation=None
        )

    return make


def _recurrent(wrap: Callable[[Any], Any]) -> Build:
    def make(keras: Any) -> Any:
        entry = keras.Input((20, 8))
        return keras.Model(entry, keras.layers.Dense(5)(wrap(keras.layers)(entry)))

    return make


def _unet(keras: Any) -> Any:
    layers = keras.layers
    entry = keras.Input((32, 32, 3))
    wide = layers.Conv2D(8, 3, padding="same", activation="relu")(entry)
    narrow = layers.Conv2D(16, 3, padding="same", activation="relu")(layers.MaxPooling2D()(wide))
    raised = layers.Conv2DTranspose(8, 2, strides=2, padding="same")(narrow)
    merged = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.Concatenate()([wide, raised]))
    return keras.Model(entry, layers.Conv2D(2, 1)(merged))


def encoder(keras: Any, *, tokens: int, length: int, width: int, layers: int, heads: int) -> Any:
    """Return a transformer over the ids of word pieces, ``[n, length]``: that of BERT, without places and types."""
    parts = keras.layers
    ids = keras.Input((length,), dtype="int32")
    hidden = parts.Embedding(tokens, width)(ids)
    for _ in range(layers):
        attended = parts.MultiHeadAttention(heads, width // heads)(hidden, hidden)
        hidden = parts.LayerNormalization(epsilon=1e-6)(parts.Add()([hidden, attended]))
        inner = parts.Dense(width)(parts.Dense(4 * width, activation="gelu")(hidden))
        hidden = parts.LayerNormalization(epsilon=1e-6)(parts.Add()([hidden, inner]))
    return keras.Model(ids, parts.Dense(5)(parts.GlobalAveragePooling1D()(hidden)))


def _small_encoder(keras: Any) -> Any:
    return encoder(keras, tokens=1000, length=32, width=64, layers=2, heads=4)


def _super_resolution(keras: Any) -> Any:
    tf, layers = tensorflow(), keras.layers

    class Shuffle(layers.Layer):  # type: ignore[misc, name-defined]  # no types
        def call(self, values: Any) -> Any:
            return tf.nn.depth_to_space(values, 2)

    entry = keras.Input((24, 24, 1))
    hidden = layers.Conv2D(16, 5, padding="same", activation="relu")(entry)
    return keras.Model(entry, Shuffle()(layers.Conv2D(4, 3, padding="same")(hidden)))


def _audio(keras: Any) -> Any:
    layers = keras.layers
    entry = keras.Input((800, 1))
    hidden = entry
    for width in (8, 16, 32):
        hidden = layers.Conv1D(width, 9, strides=2, padding="same", use_bias=False)(hidden)
        hidden = layers.MaxPooling1D()(layers.ReLU()(layers.BatchNormalization()(hidden)))
    return keras.Model(entry, layers.Dense(5)(layers.GlobalAveragePooling1D()(hidden)))


APPLICATIONS = {
    name: _application(name)
    for name in (
        "MobileNetV2",
        "MobileNetV3Small",
        "MobileNetV3Large",
        "EfficientNetB0",
        "EfficientNetV2B0",
        "ResNet50V2",
        "InceptionV3",
        "DenseNet121",
        "NASNetMobile",
        "Xception",
        "ConvNeXtTiny",
    )
}
MODELS: dict[str, Build] = {
    "UNet": _unet,
    "Encoder": _small_encoder,
    "SuperResolution": _super_resolution,
    "Audio1D": _audio,
    "LSTM": _recurrent(lambda layers: layers.LSTM(16)),
    "GRU": _recurrent(lambda layers: layers.GRU(16)),
    "BiLSTM": _recurrent(lambda layers: layers.Bidirectional(layers.LSTM(16))),
    **APPLICATIONS,
}


def build(name: str, keras_name: str, folder: Path) -> tuple[Callable[[Any], Any], Path]:
    """Make a model and save it.

    Args:
        name: Its name.
        keras_name: ``tf_keras`` for Keras 2, ``keras`` for Keras 3.
        folder: Where its files go.

    Returns:
        What answers as the original does, and the SavedModel.
    """
    tensorflow()  # before Keras, which it chooses
    keras = importlib.import_module(keras_name)
    keras.utils.set_random_seed(0)
    model = MODELS[name](keras)
    _normalize(model)
    serve = save(model, folder / "saved", keras_name)
    return lambda samples: serve(samples)["y"], folder / "saved"


def save(model: Any, path: Path, keras_name: str) -> Any:
    """Save a model with one input as a SavedModel whose input is ``x``, and return the function that is in it."""
    tf = tensorflow()
    spec = tf.TensorSpec(model.inputs[0].shape, model.inputs[0].dtype, name="x")
    serve = tf.function(lambda x: {"y": model(x, training=False)}, input_signature=[spec])
    root = tf.Module()
    root.variables_of_model = list(model.variables) if keras_name == "tf_keras" else [v.value for v in model.variables]
    root.serve = serve
    tf.saved_model.save(root, str(path), signatures={"serving_default": serve.get_concrete_function()})
    return serve


def _normalize(model: Any) -> None:
    """Have batch normalization take its statistics from made-up inputs.

    As it is initialized it normalizes nothing, and random weights make each layer's outputs smaller than the last's: a
    MobileNetV2 then answers 0.1 for each of ten classes, whatever it sees, and any file that does so agrees with it.
    """
    shape = [16, *(size or 32 for size in model.inputs[0].shape[1:])]
    if "int" in str(model.inputs[0].dtype):
        return
    for layer in model.layers:
        if "BatchNormalization" in type(layer).__name__:
            layer.momentum = 0.0
    model(natural(np.random.default_rng(1), shape), training=True)


def natural(generator: np.random.Generator, shape: Sequence[int]) -> NDArray[Any]:
    """Return made-up photos or sounds, float32 ``[n, ..., channels]`` from 0 to 1, that differ as real ones do.

    White noise all looks the same to a net that pools. Photos have amplitudes that fall with the frequency (Field 1987,
    "Relations between the statistics of natural images and the response properties of cortical cells"), and each its
    own brightness, contrast and tint.
    """
    axes = range(1, len(shape) - 1)
    squares = [np.square(np.fft.fftfreq(shape[axis])).reshape([-1 if a == axis else 1 for a in axes]) for axis in axes]
    frequency = np.sqrt(sum(squares))
    amplitude = 1 / np.maximum(frequency, 1 / max(shape[1:-1]))[None, ..., None]
    spectrum = np.fft.fftn(generator.normal(size=shape), axes=axes) * amplitude
    waves = np.fft.ifftn(spectrum, axes=axes).real
    waves /= waves.std(axis=tuple(axes), keepdims=True)
    one = (shape[0], *(1 for _ in axes))
    contrast = generator.uniform(0.05, 0.3, (*one, 1))
    brightness = generator.uniform(0.2, 0.8, (*one, 1)) + generator.normal(0, 0.1, (*one, shape[-1]))
    return np.clip(brightness + contrast * waves, 0, 1).astype(np.float32)
