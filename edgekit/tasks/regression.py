"""Regression: one or several values for each sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import Meaning, Objective, Words
from edgekit.contract.contract import OutputSpec
from edgekit.data.target_outputs import target_output, targets_of
from edgekit.data.targets import VALUE_COLUMN, VALUES, spreads
from edgekit.errors import DataError
from edgekit.system.files import JsonObject
from edgekit.system.optional import tensorflow

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract
    from edgekit.data.samples import Samples
    from edgekit.data.splits import DataSplit

RANK = 2
TRAINED = True
JOINS_FEATURES = True
MEANING = "regression"
MEANINGS = {MEANING: Meaning()}
COUNTED = False
TRUTH_HEADING = "True values"


def head_output(split: DataSplit) -> OutputSpec:
    """Return one value per target of the training data."""
    assert split.train is not None, "a recipe that trains has training data"
    targets = targets_of(split.train, VALUES)
    if targets is None:
        raise DataError(
            f"task = 'regression' needs [data] train to be a CSV file with a column {VALUE_COLUMN} (a number), or an "
            f".npz file"
        )
    for samples in (split.train, split.held_out):
        if samples.targets is not None:
            spreads(samples.targets)  # what cannot be learned or judged is said before anything is trained
    return OutputSpec(
        name="values",
        meaning=MEANING,
        dtype="float32",
        shape=(None, len(targets.names)),
        key="values",
        labels=targets.names,
    )


def objective(samples: Samples) -> Objective:
    """Return the squared error in standard deviations of the targets, so that the rate of learning fits any unit."""
    tf = tensorflow()
    mean, spread = _rows(samples).mean(0), _rows(samples).std(0)
    spread = np.where(spread > 0, spread, 1.0)
    return Objective(
        outputs=len(mean),
        truth=lambda part: ((_rows(part) - mean) / spread).astype(np.float32),
        answer=lambda numbers: numbers * tf.constant(spread, tf.float32) + tf.constant(mean, tf.float32),
        loss=tf.keras.losses.MeanSquaredError,
        metrics=list,
    )


def _rows(samples: Samples) -> NDArray[np.float64]:
    assert samples.targets is not None, "the contract was made of them"
    return samples.targets.array()


def output(contract: Contract, samples: Samples) -> str | None:
    """Return the output that the contract says holds values, or the only one of the size of the data's targets."""
    spec = target_output(contract, samples, meaning=MEANING, kind=VALUES)
    return None if spec is None else spec.name


def metric(samples: Samples) -> str | None:
    """Return the error in spreads of the targets where they are known, else the noise against the original."""
    return "sqnr" if samples.targets is None else "nmae"


def decisions(scores: NDArray[Any]) -> NDArray[Any]:
    """Values are near or far, and never right or wrong."""
    raise NotImplementedError


def truth(samples: Samples, start: int, stop: int) -> NDArray[Any] | None:
    """Return the values that are right ``[stop - start, targets]``."""
    return None if samples.targets is None else samples.targets.array(start, stop)


def distances(reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    """Return the largest difference of a value, in its own unit."""
    distance: NDArray[np.float64] = np.abs(reference.astype(np.float64) - candidate).max(1)
    return distance


def words(scores: Sequence[float], contract: Contract, samples: Samples) -> Words:
    """Say each value by its name."""
    targets = targets_of(samples, VALUES)
    names = None if targets is None else targets.names
    if names is None and contract.regression is not None:
        names = contract.regression.labels
    names = names or tuple(f"value {index}" for index in range(len(scores)))
    return Words(label=", ".join(f"{name} {value:.4g}" for name, value in zip(names, scores, strict=True)), score=None)


def truth_words(samples: Samples, index: int, contract: Contract) -> str | None:
    """Say the values that are right."""
    targets = targets_of(samples, VALUES)
    return None if targets is None else words(targets.rows[index], contract, samples).label


def prediction(scores: NDArray[Any], output: OutputSpec, top: int) -> JsonObject:  # noqa: ARG001 - all are said
    """Return the values by their names."""
    names = output.labels or tuple(f"value {index}" for index in range(len(scores)))
    return {"outputs": dict(zip(names, scores.tolist(), strict=True))}
