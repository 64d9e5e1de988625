"""A small frozen network that tests make: a convolution, a depthwise one, a pointwise one with norms, two products."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.graph.freezing import freeze
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.tuned_model import TunedModel
from edgekit.original.export import save_reusable
from edgekit.system.optional import tensorflow

SIZE = 8
CLASSES = 3


def save_network(folder: Path, *, trainable: bool = True) -> TunedModel:
    """Save a network of the kind of MobileNet as a tuned model; ``image`` to ``probabilities``."""
    tf = tensorflow()
    generator = np.random.default_rng(3)

    def variable(*shape: int, around: float = 0.0, spread: float = 0.4) -> Any:
        return tf.Variable((around + spread * generator.normal(size=shape)).astype(np.float32))

    def norm(channels: int) -> list[Any]:
        positive = tf.Variable(np.abs(generator.normal(1, 0.2, channels)).astype(np.float32), trainable=False)
        return [variable(channels, around=1.0), variable(channels), variable(channels), positive]

    kernels = [
        variable(3, 3, 3, 8),
        variable(3, 3, 8, 1),
        variable(1, 1, 8, 16),
        variable(16, 16),
        variable(16, CLASSES),
    ]
    norms = [norm(8), norm(8), norm(16)]

    def normed(x: Any, place: int) -> Any:
        gamma, beta, mean, variance = norms[place]
        return tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, mean, variance, is_training=False, epsilon=1e-3)[0]

    def call(inputs: dict[str, Any], training: bool) -> dict[str, Any]:
        x = tf.nn.relu6(normed(tf.nn.conv2d(inputs["image"], kernels[0], 2, "SAME"), 0))
        y = tf.nn.relu6(normed(tf.nn.depthwise_conv2d(x, kernels[1], [1, 1, 1, 1], "SAME"), 1)) + x
        y = normed(tf.nn.conv2d(y, kernels[2], 1, "SAME"), 2)
        y = tf.nn.relu(tf.reduce_mean(y, [1, 2]) @ kernels[3] + 0.1)
        return {"probabilities": tf.nn.softmax(y @ kernels[4])}

    contract = Contract(
        inputs=(InputSpec.of("tensor", name="image", dtype="float32", shape=(None, SIZE, SIZE, 3), key="image"),),
        outputs=(
            OutputSpec(
                name="probabilities",
                meaning="probabilities",
                dtype="float32",
                shape=(None, CLASSES),
                key="probabilities",
            ),
        ),
    )
    learned = [*kernels, *(part for each in norms for part in each[:2])]
    save_reusable(
        folder,
        contract,
        call,
        variables=[*kernels, *(part for each in norms for part in each)],
        trainable_variables=learned if trainable else kernels[-1:],
    )
    return TunedModel(path=folder, contract=contract)


def frozen_network(folder: Path, *, trainable: bool = True) -> FrozenGraph:
    """Return the network, frozen in ``folder``."""
    (folder / "frozen").mkdir(parents=True)
    return freeze(save_network(folder / "model", trainable=trainable), folder / "frozen")


def pictures(count: int = 64, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return inputs of the network."""
    return np.random.default_rng(seed).random((count, SIZE, SIZE, 3)).astype(np.float32)


def answers(graph: FrozenGraph, images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what a frozen graph answers."""
    tf = tensorflow()
    definition = graph.load()
    ask = tf.function(
        lambda image: tf.graph_util.import_graph_def(definition, {"image:0": image}, ["probabilities:0"], name="")[0]
    )
    found: np.ndarray[Any, Any] = ask(tf.constant(images)).numpy()
    return found
