"""Classification: one class for each sample, by the highest of its scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import Meaning, Objective, Words, likeliest
from edgekit.contract.contract import OutputSpec
from edgekit.errors import DataError
from edgekit.system.files import JsonObject
from edgekit.system.optional import tensorflow

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract
    from edgekit.data.samples import Samples
    from edgekit.data.splits import DataSplit

RANK = 0
TRAINED = True
JOINS_FEATURES = True
MEANINGS = {"probabilities": Meaning(probabilities=True, exclusive=True), "logits": Meaning()}
COUNTED = True
TRUTH_HEADING = "True label"


def head_output(split: DataSplit) -> OutputSpec:
    """Return one probability per class of the training data."""
    assert split.train is not None, "a recipe that trains has training data"
    classes = split.train.classes
    if not classes or len(classes) < 2:
        count = len(classes or ())
        raise DataError(
            f"a classifier needs at least 2 classes, the training data has {count}: "
            f"[data] train has to be a folder with one folder of files per class, or a CSV file with a column label"
        )
    return OutputSpec(
        name="probabilities",
        meaning="probabilities",
        dtype="float32",
        shape=(None, len(classes)),
        key="probabilities",
        labels=classes,
    )


def objective(samples: Samples) -> Objective:
    """Return cross-entropy, with a softmax in the model that ships."""
    tf = tensorflow()
    return Objective(
        outputs=len(samples.classes or ()),
        truth=lambda part: np.asarray(part.labels),
        answer=tf.nn.softmax,
        loss=lambda: tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=lambda: ["accuracy"],
    )


def output(contract: Contract, samples: Samples) -> str | None:
    """Return the output that holds one score per class.

    It is the output that the contract says so of; or, with labelled samples, the only output that may be one by its
    shape ``[n, classes]``.
    """
    if contract.classifier is not None:
        return contract.classifier.name
    if samples.labels is None:
        return None
    classes = None if samples.classes is None else len(samples.classes)
    vectors = [spec for spec in contract.outputs if len(spec.shape) == 2 and (spec.shape[1] or 0) > 1]
    fitting = [spec for spec in vectors if spec.meaning == "tensor" and classes in (None, spec.shape[1])]
    return fitting[0].name if len(vectors) == 1 == len(fitting) else None


def metric(samples: Samples) -> str | None:
    """Return accuracy where labels are known, else agreement with the original."""
    return "agreement" if samples.labels is None else "accuracy"


def decisions(scores: NDArray[Any]) -> NDArray[Any]:
    """Return the likeliest class of each sample ``[n]``."""
    classes: NDArray[Any] = scores.argmax(1)
    return classes


def truth(samples: Samples, start: int, stop: int) -> NDArray[Any] | None:
    """Return the classes of samples ``[stop - start]``."""
    return None if samples.labels is None else np.asarray(samples.labels[start:stop])


def distances(reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    """Return half the L1 distance of scores: of probabilities, the total variation, from 0 to 1."""
    distance: NDArray[np.float64] = np.abs(reference.astype(np.float64) - candidate).sum(1) / 2
    return distance


def words(scores: Sequence[float], contract: Contract, samples: Samples) -> Words:
    """Say the likeliest class and its score."""
    best = max(range(len(scores)), key=scores.__getitem__)
    return Words(label=_class_name(best, contract, samples), score=scores[best])


def truth_words(samples: Samples, index: int, contract: Contract) -> str | None:
    """Say the class of a sample."""
    return None if samples.labels is None else _class_name(samples.labels[index], contract, samples)


def _class_name(index: int, contract: Contract, samples: Samples) -> str:
    names = samples.classes
    if names is None and contract.classifier is not None:
        names = contract.classifier.labels
    return f"class {index}" if names is None else names[index]


def prediction(scores: NDArray[Any], output: OutputSpec, top: int) -> JsonObject:
    """Return the likeliest classes with their scores."""
    return {"top": likeliest(scores, output, top)}
