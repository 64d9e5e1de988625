"""Counts: how many of something a sample shows; a head is trained by Poisson's likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import Meaning, Objective, Words
from edgekit.contract.contract import OutputSpec
from edgekit.data.target_outputs import target_output, targets_of
from edgekit.data.targets import VALUES
from edgekit.errors import DataError
from edgekit.system.files import JsonObject
from edgekit.system.optional import tensorflow

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract
    from edgekit.data.samples import Samples
    from edgekit.data.splits import DataSplit

RANK = 9
TRAINED = True
JOINS_FEATURES = True
MEANING = "counts"
MEANINGS = {MEANING: Meaning()}
COUNTED = False
TRUTH_HEADING = "True counts"


def head_output(split: DataSplit) -> OutputSpec:
    """Return one count per target of the training data."""
    assert split.train is not None, "a recipe that trains has training data"
    targets = targets_of(split.train, VALUES)
    if targets is None or targets.array().min() < 0:
        raise DataError("task = 'counts' needs [data] train to have a column target, of counts from zero on")
    size = len(targets.names)
    return OutputSpec(
        name="counts", meaning=MEANING, dtype="float32", shape=(None, size), key="counts", labels=targets.names
    )


def objective(samples: Samples) -> Objective:
    """Return Poisson's negative logarithmic likelihood; the head gives logarithms of rates."""
    tf = tensorflow()
    return Objective(
        outputs=_rows(samples).shape[1],
        truth=lambda part: _rows(part).astype(np.float32),
        answer=tf.exp,
        loss=lambda: lambda truth, logs: tf.nn.log_poisson_loss(truth, logs),
        metrics=list,
    )


def _rows(samples: Samples) -> NDArray[np.float64]:
    assert samples.targets is not None, "the contract was made of them"
    return samples.targets.array()


def output(contract: Contract, samples: Samples) -> str | None:
    """Return the output that the contract says holds counts."""
    spec = target_output(contract, samples, meaning=MEANING, kind=VALUES)
    return spec.name if spec is not None and spec.meaning == MEANING else None


def metric(samples: Samples) -> str | None:
    """Return the noise against the original."""
    del samples
    return "sqnr"


def decisions(scores: NDArray[Any]) -> NDArray[Any]:
    """Counts are near or far, and never right or wrong."""
    raise NotImplementedError


def truth(samples: Samples, start: int, stop: int) -> NDArray[Any] | None:
    """Return the counts that are right ``[stop - start, targets]``."""
    return None if samples.targets is None else samples.targets.array(start, stop)


def distances(reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    """Return by how many the counts differ at most."""
    distance: NDArray[np.float64] = np.abs(reference.astype(np.float64) - candidate).max(1)
    return distance


def words(scores: Sequence[float], contract: Contract, samples: Samples) -> Words:
    """Say each count by its name."""
    targets = targets_of(samples, VALUES)
    names = targets.names if targets else contract.outputs[0].labels or ("count",)
    return Words(label=", ".join(f"{score:.0f} {name}" for name, score in zip(names, scores, strict=True)), score=None)


def truth_words(samples: Samples, index: int, contract: Contract) -> str | None:
    """Say the counts that are right."""
    targets = targets_of(samples, VALUES)
    return None if targets is None else words(targets.rows[index], contract, samples).label


def prediction(scores: NDArray[Any], output: OutputSpec, top: int) -> JsonObject:
    """Return the counts by their names."""
    del top  # all are said
    names = output.labels or ("count",)
    return {"outputs": dict(zip(names, scores.tolist(), strict=True))}
