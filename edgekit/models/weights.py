"""Weights of a model file: how many are zero, how well they compress, and what runtimes make of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.documents.weights import WeightFacts

ZEROS_FOR_SPEED = 2 / 3
"""Share of zeros of a 1x1 convolution from which on XNNPACK's sparse kernels are used."""
CLUSTERED = 256
"""The largest number of values that weights have which are called clustered."""
SHARED = 2
"""How many weights have each value, on average, at least: trained floats are all different."""
MANY = 16
"""The number of weights from which on they are looked at."""
BEFORE_STEM = ("PAD", "DENSIFY", "DEQUANTIZE")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What one operator multiplies by, as the file has it.

    Attributes:
        name: The operator's.
        op: Its type.
        values: As they are stored: floats or integers, of which 0 is zero.
        pointwise: Whether it is a convolution of 1x1 with stride 1.
        stem: Whether it is a convolution of 3x3 with stride 2.
        encoded: Whether the file stores only the values that are not zero.
    """

    name: str
    op: str
    values: NDArray[Any]
    pointwise: bool
    stem: bool = False
    encoded: bool = False


def weight_facts(
    file: Path, figures: Iterator[Weights], *, ops: Sequence[str] | None, float_islands: Sequence[str] = ()
) -> WeightFacts:
    """Count the zeros of a model file.

    Args:
        file: The file.
        figures: Its weights.
        ops: For TFLite, the types of its operators in order; None: another format, which has no sparse kernels.
        float_islands: Types of the operators that compute in float between integer ones.
    """
    total = zeros = clustered = 0
    pointwise: list[float] = []
    floats, encoded, stem = True, False, None
    for weights in figures:
        count = int((weights.values == 0).sum())
        total, zeros = total + weights.values.size, zeros + count
        clustered += _has_clusters(weights.values)
        floats &= weights.values.dtype.kind == "f"
        encoded |= weights.encoded
        stem = weights.stem if stem is None else stem
        if weights.pointwise:
            pointwise.append(count / weights.values.size)
    reason = _obstacle(pointwise, ops, floats=floats, stem=bool(stem))
    return WeightFacts(
        weights=total,
        zeros=zeros,
        clustered=clustered,
        bytes=file.stat().st_size,
        bytes_compressed=len(zlib.compress(file.read_bytes(), 6)),
        encoded=encoded,
        sparse_kernels=reason is None,
        reason=reason or "float, with 1x1 convolutions of two thirds zeros or more; speed is what was measured",
        float_islands=tuple(sorted(set(float_islands))),
    )


def _has_clusters(values: NDArray[Any]) -> bool:
    """Whether floats share few values, zero aside, which pruning makes many of."""
    if values.dtype.kind != "f":
        return False
    remaining = values[values != 0]
    distinct = len(np.unique(remaining))
    return distinct <= CLUSTERED and remaining.size >= max(SHARED * distinct, MANY)


def _obstacle(pointwise: list[float], ops: Sequence[str] | None, *, floats: bool, stem: bool) -> str | None:
    """Return why XNNPACK's sparse kernels are not used, or None.

    The rules are those of its subgraph rewriting (XNNPACK, src/subgraph.c, xnn_subgraph_rewrite_for_nchw): float
    values, 1x1 convolutions with enough zeros, and between them only operators that it has in channels-first form.
    """
    if ops is None:
        return "ONNX Runtime has no sparse kernels for these operators"
    if not floats:
        return "XNNPACK's sparse kernels take float weights only"
    if not pointwise:
        return "there is no 1x1 convolution"
    if max(pointwise) < ZEROS_FOR_SPEED:
        return f"no 1x1 convolution has two thirds zeros; the most is {max(pointwise):.0%}"
    first = next((op for op in ops if op not in BEFORE_STEM), "nothing")
    if first != "CONV_2D" or not stem:
        return f"the model begins with {first}, not with a 3x3 convolution of stride 2"
    if "MEAN" not in ops and "DEPTH_TO_SPACE" not in ops:
        return "the model has neither a mean nor a depth-to-space at its end"
    return None
