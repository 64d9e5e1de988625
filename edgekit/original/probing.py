"""Probing: a model that does not say what its outputs mean is asked about a made-up sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, InputSpec, OutputSpec

SUM_TOLERANCE = 0.01
"""By how much a row of probabilities may miss one: 8-bit scores of a hundred classes round to steps of 1/256."""
TEXT = "a text"


def made_up_sample(contract: Contract) -> dict[str, NDArray[Any]]:
    """Return one sample, by the names of the inputs: one half everywhere, or a text; one where a size is free."""
    return {spec.name: _constant(spec) for spec in contract.inputs}


def _constant(spec: InputSpec) -> NDArray[Any]:
    shape = [size or 1 for size in spec.shape]
    if takes_strings(spec):
        return np.full(shape, TEXT, object)
    return np.full(shape, 0.5).astype(spec.dtype)


def takes_strings(spec: InputSpec) -> bool:
    """Whether an input takes strings, by the name that TensorFlow or ONNX Runtime has for them."""
    return spec.dtype in ("string", "str", "object")


def with_meanings(contract: Contract, answers: Batch) -> Contract:
    """Mark the outputs that hold probabilities: rows of non-negative numbers that sum to one.

    Args:
        contract: Whose outputs are to be marked; what one says itself stays.
        answers: To a made-up sample, by the names of the outputs.
    """
    outputs = [
        replace(spec, meaning="probabilities") if _likely(spec, np.asarray(answers[spec.name])) else spec
        for spec in contract.outputs
    ]
    return replace(contract, outputs=tuple(outputs))


def _likely(spec: OutputSpec, scores: NDArray[Any]) -> bool:
    if spec.meaning != "tensor" or scores.ndim != 2 or scores.shape[1] < 2 or not scores.size:
        return False
    return bool(scores.min() >= 0 and np.allclose(scores.sum(1), 1, atol=SUM_TOLERANCE))
