"""No task: all outputs of all modules as they are, numbers that are near or far, as those of an embedding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgekit.adapters.task import Meaning
from edgekit.tasks.embedding import (
    decisions,
    distances,
    head_output,
    objective,
    prediction,
    truth,
    truth_words,
    words,
)

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract
    from edgekit.data.samples import Samples

__all__ = ["decisions", "distances", "head_output", "objective", "prediction", "truth", "truth_words", "words"]

RANK = 4
TRAINED = False
JOINS_FEATURES = False
MEANINGS = {"tensor": Meaning()}
COUNTED = False
TRUTH_HEADING = "True label"


def output(contract: Contract, samples: Samples) -> str | None:  # noqa: ARG001 - none is for anything
    """Return None: nobody knows what any output is for."""
    return None


def metric(samples: Samples) -> str | None:  # noqa: ARG001 - as above
    """Return None: a rule has to name the metric."""
    return None
