"""Training a head on a hub module: first on the frozen module's features, then, if asked, with the module unfrozen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import Objective, load_task
from edgekit.contract.batch import Tensors
from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of
from edgekit.data.samples import Samples
from edgekit.errors import ModuleError
from edgekit.original.backbone import Backbone
from edgekit.recipe.recipe import FineTune, HeadLayer, Recipe, TrainRecipe
from edgekit.system.optional import require, tensorflow

READ_BATCH = 32


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch measured; ``phase`` is ``head`` or ``fine_tune``, losses are those of the task's objective.

    ``accuracy`` is the share of right classes, or of labels that are rightly said; values have none.
    """

    phase: str
    epoch: int
    loss: float
    val_loss: float
    accuracy: float | None = None
    val_accuracy: float | None = None


EpochProgress = Callable[[str, int, int, str], None]
"""Called with the phase, epochs done, their total, and what the last one measured."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained model: the module, the head on it, what makes answers of its numbers, and what the epochs measured."""

    backbone: Backbone
    head: Any
    objective: Objective
    history: tuple[Epoch, ...]
    best: int


def train(
    recipe: Recipe, backbone: Backbone, contract: Contract, data: tuple[Samples, Samples], progress: EpochProgress
) -> Trained:
    """Train a head on a module, by the phases that the recipe asks for; the best epoch's weights are kept.

    Best is the highest validation accuracy, and of equals, or of values, the lowest validation loss.

    Args:
        recipe: What to train, and how.
        backbone: The module.
        contract: How samples become inputs.
        data: Samples to train on, and samples that choose the best epoch.
        progress: Called after each epoch.

    Raises:
        ModuleError: The module does not give one feature vector per sample.
    """
    tf = tensorflow("training")
    tf.keras.utils.set_random_seed(recipe.data.seed)
    tf.config.experimental.enable_op_determinism()
    features = extract_features(backbone, data[1].take([0]), contract)
    objective = load_task(recipe.task).objective(data[0])
    head = build_head(recipe.head, features.shape[1], outputs=objective.outputs)
    keeper = _Keeper(head, backbone, progress, recipe.train.batch_size, objective)
    if recipe.train.augment:
        model = _whole_model(contract, backbone, head, recipe.train, trainable=False, seed=recipe.data.seed)
        batches = _sequences(data, contract, objective, recipe)
        _fit(model, batches[0], batches[1], recipe.train, keeper)
    else:
        held = [(extract_features(backbone, samples, contract), objective.truth(samples)) for samples in data]
        _fit(head, held[0], held[1], recipe.train, keeper)
    if recipe.train.fine_tune is not None:
        unfrozen = backbone.unfrozen(recipe.train.fine_tune.unfreeze)
        keeper.restore()
        model = _whole_model(contract, unfrozen, head, recipe.train, trainable=True, seed=recipe.data.seed)
        batches = _sequences(data, contract, objective, recipe)
        _fit(model, batches[0], batches[1], recipe.train.fine_tune, keeper)
    keeper.restore()
    history = tuple(keeper.history)
    return Trained(backbone=backbone, head=head, objective=objective, history=history, best=keeper.best)


def extract_features(backbone: Backbone, samples: Samples, contract: Contract) -> NDArray[np.float32]:
    """Return the frozen module's features of all samples, float32 ``[n, d]``."""
    tf = tensorflow()
    run = tf.function(backbone, autograph=False, reduce_retracing=True)
    batches = range(0, len(samples), READ_BATCH)
    features = [run(as_tensors(samples.read(i, min(i + READ_BATCH, len(samples)), contract))) for i in batches]
    if len(features[0].shape) != 2:
        raise ModuleError(
            f"the module gives {list(features[0].shape)} for a batch of {features[0].shape[0]}, a head needs one "
            f"vector of features per sample: use the module's feature-vector version"
        )
    return np.concatenate([batch.numpy() for batch in features]).astype(np.float32)


def as_tensors(batch: Mapping[str, NDArray[Any]]) -> Tensors:
    """Return arrays as tensors, strings among them."""
    tf = tensorflow()
    return {name: tf.constant(values) for name, values in batch.items()}


def build_head(layers: Sequence[HeadLayer], features: int, *, outputs: int) -> Any:
    """Build the head as a Keras model, features to logits."""
    keras = tensorflow().keras
    head = keras.Sequential([keras.Input([features], name="features")], name="head")
    for layer in layers:
        if layer.dense is not None:
            head.add(keras.layers.Dense(layer.dense, activation=layer.activation))
        else:
            head.add(keras.layers.Dropout(layer.dropout))
    head.add(keras.layers.Dense(outputs, name="logits"))
    return head


def _whole_model(
    contract: Contract, backbone: Backbone, head: Any, train: TrainRecipe, *, trainable: bool, seed: int
) -> Any:
    keras = tensorflow().keras
    hub = require("tensorflow_hub", asked="training", extra="convert")
    inputs = {spec.name: keras.Input(spec.shape[1:], name=spec.name, dtype=spec.dtype) for spec in contract.inputs}
    augmented = dict(inputs)
    for spec in contract.inputs:
        if train.augment:
            for layer in medium_of(spec).augmenting(spec, train.augment, seed):
                augmented[spec.name] = layer(augmented[spec.name])
    return keras.Model(inputs, head(hub.KerasLayer(backbone, trainable=trainable)(augmented)))


def _sequences(
    data: tuple[Samples, Samples], contract: Contract, objective: Objective, recipe: Recipe
) -> tuple[Any, Any]:
    """Return the batches to train on, shuffled, and those that choose the best epoch, in their order."""
    training, validation = data
    return _sequence(training, contract, objective, recipe), _sequence(validation, contract, objective, None)


def _sequence(samples: Samples, contract: Contract, objective: Objective, shuffled: Recipe | None) -> Any:
    """Batches for Keras, read from disk as they are needed; shuffled anew each epoch where a recipe is given."""
    keras = tensorflow().keras
    size = shuffled.train.batch_size if shuffled else READ_BATCH
    generator = np.random.default_rng(shuffled.data.seed) if shuffled else None

    class Batches(keras.utils.Sequence):  # type: ignore[misc, name-defined]  # keras ships no types
        def __init__(self) -> None:
            self.order = np.arange(len(samples))
            self.on_epoch_end()

        def __len__(self) -> int:
            return math.ceil(len(samples) / size)

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            batch = samples.take([int(i) for i in self.order[index * size : (index + 1) * size]])
            return as_tensors(batch.read(0, len(batch), contract)), objective.truth(batch)

        def on_epoch_end(self) -> None:
            if generator is not None:
                self.order = generator.permutation(len(samples))

    return Batches()


def _fit(model: Any, data: Any, validation: Any, phase: TrainRecipe | FineTune, keeper: _Keeper) -> None:
    keras = tensorflow().keras
    model.compile(
        optimizer=keras.optimizers.Adam(phase.learning_rate),
        loss=keeper.objective.loss(),
        metrics=keeper.objective.metrics(),
    )
    callback = keeper.callback("fine_tune" if isinstance(phase, FineTune) else "head", phase.epochs)
    size = keeper.batch_size
    arrays = (
        {"x": data[0], "y": data[1], "batch_size": size, "shuffle": True} if isinstance(data, tuple) else {"x": data}
    )
    model.fit(**arrays, validation_data=validation, epochs=phase.epochs, verbose=0, callbacks=[callback])


def _rank(epoch: Epoch) -> tuple[float, float]:
    return epoch.val_accuracy or 0.0, -epoch.val_loss


class _Keeper:
    """Remembers each epoch, and the weights of the best one over all phases."""

    def __init__(
        self, head: Any, backbone: Backbone, progress: EpochProgress, batch_size: int, objective: Objective
    ) -> None:
        self.head, self.backbone, self.progress, self.batch_size = head, backbone, progress, batch_size
        self.objective = objective
        self.history: list[Epoch] = []
        self.best = -1
        self.weights: list[NDArray[Any]] = []

    def _variables(self) -> list[Any]:
        return [*self.head.variables, *self.backbone.variables]

    def callback(self, phase: str, epochs: int) -> Any:
        keras = tensorflow().keras

        def on_epoch_end(epoch: int, logs: dict[str, float]) -> None:
            self.add(Epoch(phase=phase, epoch=epoch + 1, **{key: float(value) for key, value in logs.items()}))
            self.progress(phase, epoch + 1, epochs, self.objective.note(logs))

        return keras.callbacks.LambdaCallback(on_epoch_end=on_epoch_end)

    def add(self, epoch: Epoch) -> None:
        self.history.append(epoch)
        best = self.history[self.best]
        if len(self.history) == 1 or _rank(epoch) > _rank(best):
            self.best = len(self.history) - 1
            self.weights = [variable.numpy() for variable in self._variables()]

    def restore(self) -> None:
        for variable, value in zip(self._variables(), self.weights, strict=True):
            variable.assign(value)
