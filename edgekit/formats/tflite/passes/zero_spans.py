"""Activations that were zero in all samples: a first state, a unit that training has switched off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgekit.formats.tflite.statistics import Bound, Statistics

UNIT = (-1.0, 1.0)
"""The range of a tensor that nothing with a range reads."""


def fill_zero_spans(loaded: Any, ranges: Statistics) -> None:
    """Give each such tensor the range of what is computed from it.

    Any scale holds zero, and the quantizer takes 4e-12. Then biases that are stored in steps of it overflow, and
    XNNPACK refuses the whole file, whose scales have to be within some powers of two of each other.

    Args:
        loaded: A float graph, a ``ModelT``.
        ranges: The smallest and largest value of each activation; changed in place.
    """
    graph = loaded.subgraphs[0]
    names = [tensor.name.decode() for tensor in graph.tensors]
    zero = {name for name, bounds in ranges.items() if not any(map(np.any, bounds.values()))}
    for operator in reversed(graph.operators):  # what reads a tensor stands behind it
        outputs = [names[index] for index in operator.outputs if names[index] in ranges]
        for index in operator.inputs:
            if index >= 0 and names[index] in zero:
                ranges[names[index]] = _like(ranges[names[index]], ranges[outputs[0]] if outputs else None)


def _like(bounds: Mapping[str, Bound], other: Mapping[str, Bound] | None) -> dict[str, Bound]:
    """Return the range of another tensor, in arrays of the shape of this one's."""
    span = UNIT if other is None else (float(np.min(other["min"])), float(np.max(other["max"])))
    span = UNIT if span == (0.0, 0.0) else span
    return {end: np.full_like(bounds[end], value) for end, value in zip(("min", "max"), span, strict=True)}
