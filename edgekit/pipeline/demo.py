"""The demo: real handwritten digits and a small module made of some of them, so that the whole job runs offline.

The digits are scikit-learn's copy of the test set of the UCI data set "Optical Recognition of Handwritten Digits"
(Alpaydin and Kaynak, 1998): 1,797 pictures of 8 x 8 pixels. The first 400 train the module and are used nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.batch import Tensors
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.original.export import save_reusable
from edgekit.system.files import new_folder
from edgekit.system.optional import require, tensorflow
from edgekit.system.processes import ChildExecutor, preload
from edgekit.system.progress import progress

SIDE = 32
MODULE_SAMPLES = 400
CHANNELS = 64
FEATURES = 4 * CHANNELS  # of the 2 x 2 places that are left: where a stroke is tells digits apart
EPOCHS = 40
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

RECIPE = """\
# Handwritten digits on a small module, shipped ten ways. Paths are relative to this file.
name = "digits"

[inputs.image]
module = "module"
range = [0.0, 1.0]

[head]
layers = [{ dense = 64, activation = "relu" }, { dropout = 0.2 }]
task = "classification"

[data]
train = "digits"
validation = 0.5
seed = 0

[train]
epochs = 15
learning_rate = 1e-3

[variants]
build = [
    "tflite-fp32", "tflite-fp16", "tflite-dynamic", "tflite-int8", "tflite-int8full", "tflite-int16x8",
    "onnx-fp32", "onnx-fp16", "onnx-dynamic", "onnx-int8",
]
calibration = 100

[parity]
metric = "accuracy"
max_drop = 0.02
confidence = 0.95
"""


def write_demo(out: Path, *, shows: bool = False) -> Path:
    """Write the demo's module, pictures and recipe to ``out/source``, unless they are there, and return the recipe.

    Raises:
        MissingExtraError: scikit-learn or TensorFlow is not installed.
        OutputError: The folder cannot be written.
    """
    source = out / "source"
    if not source.is_dir():
        require("sklearn.datasets", asked="the demo", extra="convert")
        preload("edgekit.system.preload")
        with progress("make digits", shows=shows) as advance, new_folder(source, sign="digits.toml") as folder:
            write_pictures(folder / "digits", *load_digits(start=MODULE_SAMPLES))
            advance(1, 2, "pictures")
            with ChildExecutor(1) as executor:
                executor.submit(make_module, folder / "module").result()
            advance(2, 2, "module")
            (folder / "digits.toml").write_text(RECIPE, encoding="utf-8")
    return source / "digits.toml"


def load_digits(*, start: int = 0, stop: int | None = None) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return pictures as uint8 ``[n, 32, 32]`` and their digits; each of the 8 x 8 pixels becomes a square of 4 x 4."""
    datasets = require("sklearn.datasets", asked="the demo", extra="convert")
    bunch = datasets.load_digits()
    small = np.rint(bunch.images[start:stop] * (255 / 16)).astype(np.uint8)
    large: NDArray[np.uint8] = small.repeat(SIDE // 8, axis=1).repeat(SIDE // 8, axis=2)
    return large, bunch.target[start:stop]


def write_pictures(folder: Path, pictures: NDArray[np.uint8], digits: NDArray[np.int64]) -> None:
    """Write PNG files into one folder per digit."""
    from PIL import Image  # heavy

    for index, (picture, digit) in enumerate(zip(pictures, digits, strict=True)):
        class_folder = folder / NAMES[digit]
        class_folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(class_folder / f"{index:04}.png")


def make_module(path: Path) -> None:
    """Train a small convolutional network on the first digits, and save its features as a hub module."""
    tf = tensorflow("the demo")
    tf.keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    pictures, digits = load_digits(stop=MODULE_SAMPLES)
    inputs = (pictures[..., None].repeat(3, axis=3) / 255.0).astype(np.float32)
    features = _features(tf.keras.layers)
    model = tf.keras.Sequential([tf.keras.Input([SIDE, SIDE, 3]), features, tf.keras.layers.Dense(10)])
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=tf.keras.optimizers.Adam(3e-3), loss=loss)
    model.fit(inputs, digits, epochs=EPOCHS, batch_size=32, verbose=0)

    def call(values: Tensors, training: bool) -> Tensors:
        return {"features": features(values["inputs"], training=training)}

    save_reusable(
        path,
        _module_contract(),
        call,
        variables=features.variables,
        trainable_variables=features.trainable_variables,
    )
    (path / "contract.json").unlink()  # a hub module has none; edgekit reads its signature


def _features(layers: Any) -> Any:
    """Return a MobileNet-like stack: a strided stem, separable blocks with batch norm and ReLU6, coarse means."""
    stack = tensorflow().keras.Sequential(name="features")
    stack.add(layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False))
    for filters, strides in ((None, 1), (32, 2), (CHANNELS, 2)):
        if filters is not None:
            stack.add(layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False))
            stack.add(layers.BatchNormalization(momentum=0.8))
            stack.add(layers.ReLU(6.0))
            stack.add(layers.Conv2D(filters, 1, use_bias=False))
        stack.add(layers.BatchNormalization(momentum=0.8))
        stack.add(layers.ReLU(6.0))
    stack.add(layers.AveragePooling2D(2))
    stack.add(layers.Flatten())
    return stack


def _module_contract() -> Contract:
    spec = InputSpec.of(
        "image", name="inputs", dtype="float32", shape=(None, SIDE, SIDE, 3), key="inputs", range=(0.0, 1.0)
    )
    output = OutputSpec(name="features", meaning="embedding", dtype="float32", shape=(None, FEATURES), key="features")
    return Contract(inputs=(medium_of(spec).with_defaults(spec),), outputs=(output,))
