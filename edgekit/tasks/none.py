"""No task: all outputs of all modules as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import Meaning, Objective, Words, likeliest
from edgekit.system.files import JsonObject

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract, OutputSpec
    from edgekit.data.samples import Samples
    from edgekit.data.splits import DataSplit

RANK = 4
TRAINED = False
JOINS_FEATURES = False
MEANINGS = {"tensor": Meaning()}
COUNTED = False
TRUTH_HEADING = "True label"


def head_output(split: DataSplit) -> OutputSpec:
    """No head is trained."""
    raise NotImplementedError


def objective(samples: Samples) -> Objective:
    """No head is trained."""
    raise NotImplementedError


def output(contract: Contract, samples: Samples) -> str | None:  # noqa: ARG001 - none is for anything
    """Return None: nobody knows what any output is for."""
    return None


def metric(samples: Samples) -> str | None:  # noqa: ARG001 - as above
    """Return None: a rule has to name the metric."""
    return None


def decisions(scores: NDArray[Any]) -> NDArray[Any]:
    """Numbers are near or far, and never right or wrong."""
    raise NotImplementedError


def truth(samples: Samples, start: int, stop: int) -> NDArray[Any] | None:  # noqa: ARG001 - no data says it
    """Nothing is right by itself."""
    return None


def distances(reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    """Return the largest difference of a number."""
    count = len(reference)
    error = np.abs(reference.astype(np.float64) - candidate).reshape(count, -1)
    distance: NDArray[np.float64] = error.max(1, initial=0.0)
    return distance


def words(scores: Sequence[float], contract: Contract, samples: Samples) -> Words:  # noqa: ARG001 - it has no words
    """Say nothing: it is no answer that a reader would understand."""
    return Words(label=None, score=None)


def truth_words(samples: Samples, index: int, contract: Contract) -> str | None:  # noqa: ARG001 - as above
    """Say nothing."""
    return None


def prediction(scores: NDArray[Any], output: OutputSpec, top: int) -> JsonObject:
    """Return the numbers; where they have labels, the greatest by name."""
    if output.labels is not None:
        return {"top": likeliest(scores, output, top)}
    return {"outputs": {output.name: scores.tolist()}}
