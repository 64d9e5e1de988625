"""Objectives: what a head is trained for. It gives one number per output, of which an objective makes the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.data.samples import Samples
from edgekit.system.optional import tensorflow


@dataclass(frozen=True, kw_only=True)
class Objective:
    """How a head is trained.

    Attributes:
        outputs: Number of numbers that the head gives.
        truth: Returns what is right for samples, as the loss takes it.
        answer: Makes of the head's numbers, a tensor ``[n, outputs]``, what the model gives.
        loss: Makes the loss, of Keras.
        metrics: Makes the metrics, of Keras; one called ``accuracy`` chooses the best epoch.
        right: What its accuracy is the share of.
    """

    outputs: int
    truth: Callable[[Samples], NDArray[Any]]
    answer: Callable[[Any], Any]
    loss: Callable[[], Any]
    metrics: Callable[[], list[Any]]
    right: str = "samples"

    def note(self, logs: Mapping[str, float]) -> str:
        """Say in a few words what an epoch measured."""
        if "val_accuracy" not in logs:
            return f"validation loss {logs['val_loss']:.3f}"
        what = "accuracy" if self.right == "samples" else f"{self.right} right"
        return f"validation {what} {logs['val_accuracy']:.3f}"


def objective_of(task: str, samples: Samples) -> Objective:
    """Return the objective of a task.

    Args:
        task: One of `edgekit.recipe.recipe.TRAINED_TASKS`.
        samples: Those that train.
    """
    return {"classification": _one_class, "multilabel": _several_labels, "regression": _values}[task](samples)


def _one_class(samples: Samples) -> Objective:
    tf = tensorflow()
    return Objective(
        outputs=len(samples.classes or ()),
        truth=lambda part: np.asarray(part.labels),
        answer=tf.nn.softmax,
        loss=lambda: tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=lambda: ["accuracy"],
    )


def _several_labels(samples: Samples) -> Objective:
    """Each label by itself; a share of labels that are rightly said is its accuracy."""
    tf = tensorflow()
    return Objective(
        outputs=len(_targets(samples)[0]),
        truth=lambda part: _targets(part).astype(np.float32),
        answer=tf.nn.sigmoid,
        loss=lambda: tf.keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=lambda: [tf.keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)],  # of logits
        right="labels",
    )


def _values(samples: Samples) -> Objective:
    """Squared error in standard deviations of the training targets, so that the rate of learning fits any unit."""
    tf = tensorflow()
    mean, spread = _targets(samples).mean(0), _targets(samples).std(0)
    spread = np.where(spread > 0, spread, 1.0)
    return Objective(
        outputs=len(mean),
        truth=lambda part: ((_targets(part) - mean) / spread).astype(np.float32),
        answer=lambda numbers: numbers * tf.constant(spread, tf.float32) + tf.constant(mean, tf.float32),
        loss=tf.keras.losses.MeanSquaredError,
        metrics=list,
    )


def _targets(samples: Samples) -> NDArray[np.float64]:
    assert samples.targets is not None, "the contract was made of them"
    return samples.targets.array()
