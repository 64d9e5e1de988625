"""Retraining follows the teacher, keeps zeros, and stops where the loss is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pytest

from edgekit.compression.distillation import Retraining, fit
from edgekit.compression.training_graph import training_graph
from edgekit.errors import ConversionError
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.recipe.recipe import CompressionRecipe
from tests.compression.graphs import frozen_network, pictures

SETTINGS = CompressionRecipe(epochs=2, batch_size=24)


class Pictures:
    """Training samples, and which were taken."""

    def __init__(self, count: int = 64) -> None:
        self.images, self.taken = pictures(count), list[list[int]]()

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, indices: Sequence[int]) -> dict[str, Any]:
        self.taken.append(list(indices))
        return {"image": self.images[list(indices)]}


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> FrozenGraph:
    return frozen_network(tmp_path_factory.mktemp("network"))


def retraining(frozen: FrozenGraph, *, noise: float, zeros: bool = False) -> tuple[Retraining, str]:
    """Return a training whose last kernel is off by noise, and that kernel's name."""
    graph, teacher = (training_graph(frozen.load(), ["probabilities"]) for _ in range(2))
    kernel = list(graph.layers.values())[-1].weights
    value = graph.values[kernel]
    value = value + noise * np.random.default_rng(0).normal(size=value.shape).astype(np.float32)
    graph.values[kernel] = np.where(np.arange(value.shape[0])[:, None] % 2, value, 0) if zeros else value
    training = Retraining(graph, teacher, frozen.contract, trainable=[kernel], hints=[], rate=0.01, steps=6)
    return training, kernel


def losses(training: Retraining, batches: Pictures) -> list[float]:
    """Return the losses that were told."""
    texts: list[str] = []
    fit(training, batches, SETTINGS, lambda done, total, text: texts.append(text))
    return [float(text.rpartition(" ")[2]) for text in texts]


def test_it_comes_nearer_to_the_teacher(frozen: FrozenGraph) -> None:
    batches = Pictures()
    training, kernel = retraining(frozen, noise=0.5)
    before = training.values()[kernel]
    trained = losses(training, batches)
    assert trained[-1] < trained[0]
    assert not np.array_equal(training.values()[kernel], before)
    assert training.ranges() == {}
    epochs = [list(chain.from_iterable(batches.taken[start : start + 3])) for start in (0, 3)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(64))] * 2
    assert epochs[0] != epochs[1]


def test_the_teacher_itself_has_nothing_to_learn(frozen: FrozenGraph) -> None:
    training, _ = retraining(frozen, noise=0.0)
    assert losses(training, Pictures())[0] == 0.0


def test_zeros_stay(frozen: FrozenGraph) -> None:
    training, kernel = retraining(frozen, noise=0.5, zeros=True)
    losses(training, Pictures())
    values = training.values()[kernel]
    assert (values[0::2] == 0).all()
    assert (values[1::2] != 0).all()


def test_a_loss_that_is_no_number_is_an_error(frozen: FrozenGraph) -> None:
    training, _ = retraining(frozen, noise=np.nan)
    with pytest.raises(ConversionError, match="the loss is nan in epoch 1: take a smaller learning_rate"):
        losses(training, Pictures())


def test_without_samples_nothing_is_trained(frozen: FrozenGraph) -> None:
    training, kernel = retraining(frozen, noise=0.5)
    before = training.values()[kernel]
    assert losses(training, Pictures(0)) == []
    np.testing.assert_array_equal(training.values()[kernel], before)
