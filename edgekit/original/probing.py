"""Probing: a model that does not say what its outputs mean is asked about a made-up sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, InputSpec, OutputSpec

SUM_TOLERANCE = 0.01
"""By how much a row of probabilities may miss one: 8-bit scores of a hundred classes round to steps of 1/256."""
TEXT = "a text"
FREE_SIZES = (1, 64, 256, 16_384)
"""Sizes that are tried where one is free: the least; pixels of a photo, few and more; values of a second of sound."""
MOST_VALUES = 4_000_000
"""Values of a sample from which on a size is not tried, as photos of so many pixels to a side."""


def made_up_answers(contract: Contract, run: Callable[[Batch], Batch]) -> Batch:
    """Return what a model answers a made-up sample; where sizes are free, the first that it takes.

    Args:
        contract: What goes in.
        run: Runs the model on a batch; where it raises, another size may do, as convolutions need some pixels.

    Raises:
        Exception: That of ``run`` for the last sample.
    """
    *others, last = made_up_samples(contract)
    for sample in others:
        try:
            return run(sample)
        except Exception:  # noqa: S112 - of any runtime; what the last raises is not caught
            continue
    return run(last)


def made_up_samples(contract: Contract) -> list[Batch]:
    """Return one sample, by the names of the inputs: one half everywhere, or a text; where sizes are free, one of each.

    The first size, which may count samples, is one where it is free.
    """
    sizes = FREE_SIZES if has_free_sizes(contract) else FREE_SIZES[:1]
    shapes = [{spec.name: _sized(spec, size) for spec in contract.inputs} for size in sizes]
    feasible = [shape for shape in shapes if sum(map(math.prod, shape.values())) <= MOST_VALUES]
    return [_sample(contract, shape) for shape in feasible or shapes[:1]]


def _sample(contract: Contract, shapes: Mapping[str, Sequence[int]]) -> Batch:
    return {spec.name: _constant(spec, shapes[spec.name]) for spec in contract.inputs}


def has_free_sizes(contract: Contract) -> bool:
    """Whether an input has a free size besides the first, which counts samples."""
    return any(None in spec.shape[1:] for spec in contract.inputs)


def _sized(spec: InputSpec, size: int) -> list[int]:
    return [own or (size if axis else 1) for axis, own in enumerate(spec.shape)]


def _constant(spec: InputSpec, shape: Sequence[int]) -> NDArray[Any]:
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
