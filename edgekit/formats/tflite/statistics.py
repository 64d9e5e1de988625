"""Ranges of activations as ai-edge-quantizer takes them, in a file and in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

Bound = Any
"""An array with the lowest or the highest value of a tensor; in a file, lists."""
Statistics = dict[str, dict[str, Bound]]
"""By tensor its ``min`` and ``max``, as the quantizer takes them."""


def as_statistics(bounds: tuple[float, float], *, like: Mapping[str, Bound]) -> dict[str, Bound]:
    """Return a range as the quantizer keeps it, in arrays of the shape of others."""
    shape = np.shape(like["min"])
    return {key: np.full(shape, bound).tolist() for key, bound in zip(("min", "max"), bounds, strict=True)}


def trained_ranges(trained: Mapping[str, tuple[float, float]], measured: Statistics) -> Statistics:
    """Return the ranges that training has fixed, by tensor.

    A tensor is named after the nodes that were fused into its operator, of which one has a range; the converter may add
    a number to the last name to make it unique.
    """
    statistics = {}
    for name, bounds in measured.items():
        nodes = [node if node in trained else node.rstrip("0123456789") for node in name.split(";")]
        node = next((node for node in nodes if node in trained), None)
        if node is not None:
            statistics[name] = as_statistics(trained[node], like=bounds)
    return statistics


def read_ranges(path: Path) -> Statistics:
    """Read what calibration kept of each tensor."""
    statistics = {}
    for name, bounds in json.loads(path.read_text()).items():
        statistics[name] = {key: np.asarray(bound, np.float32) for key, bound in bounds.items()}
    return statistics


def off_powers_of_two(bounds: Mapping[str, Bound]) -> dict[str, Bound]:
    """Widen an int16 range by 1% if its scale is a power of two within the kernels' tolerance.

    If all scales of an ADD are, its kernel takes a path that refuses outputs of a finer scale than the inputs
    ("input1_shift <= 0 was not true"), as in ``2 * x - 1`` of photos that reach from 0 to 1.
    """
    largest = max(np.abs(bound).max() for bound in bounds.values())
    exponent = np.log2(largest / 32767) if largest > 0 else 0.5
    factor = np.float32(1.01 if abs(exponent - round(float(exponent))) < 2e-3 else 1.0)
    return {key: bound * factor for key, bound in bounds.items()}
