"""Faults of what is done with a model's answers, or of what a contract says about them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.adapters.task import meaning_of
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, OutputSpec

SMALLEST = 1e-9
"""Probability below which a logarithm is taken of this: of zero there is none."""


def permuted_labels(contract: Contract) -> Contract | None:
    """A contract whose labels are off by one."""
    outputs = tuple(_off_by_one(spec) for spec in contract.outputs)
    return None if outputs == contract.outputs else replace(contract, outputs=outputs)


def _off_by_one(spec: OutputSpec) -> OutputSpec:
    if spec.labels is None or len(spec.labels) < 2:
        return spec
    return replace(spec, labels=(*spec.labels[1:], spec.labels[0]))


def reordered(contract: Contract, batch: Batch) -> Batch | None:
    """Two outputs of the same shape in each other's place, as by position in place of by name."""
    names = [spec.name for spec in contract.outputs]
    for first, second in itertools.combinations(names, 2):
        if batch[first].shape == batch[second].shape:
            return {**batch, first: batch[second], second: batch[first]}
    return None


def permuted_scores(contract: Contract, batch: Batch) -> Batch | None:
    """Scores of classes that are off by one."""
    output = contract.classifier
    return None if output is None else {**batch, output.name: np.roll(batch[output.name], 1, axis=1)}


def without_softmax(contract: Contract, batch: Batch) -> Batch | None:
    """Logits where probabilities are promised: their logarithms, which differ from the logits by a constant."""
    output = contract.classifier
    if output is None or not meaning_of(output.meaning).exclusive:
        return None
    scores = batch[output.name]
    return {**batch, output.name: np.log(np.maximum(scores, SMALLEST)).astype(scores.dtype)}


def with_drop(scores: NDArray[Any], labels: NDArray[Any], count: int) -> NDArray[Any]:
    """Return the original's scores ``[n, classes]`` with ``count`` right answers made wrong.

    Args:
        scores: The original's scores.
        labels: The true classes ``[n]``.
        count: How many.
    """
    changed = np.array(scores)
    right = np.flatnonzero(changed.argmax(1) == labels)[:count]
    changed[right] = np.roll(changed[right], 1, axis=1)
    return changed
