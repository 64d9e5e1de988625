"""Layouts: the same pictures with their channels last, as TensorFlow has them, or first, as PyTorch does.

    NHWC [batch, height, width, channels]    NCHW [batch, channels, height, width]

Volumes have one more axis, and are told alike. Of fewer axes nothing is guessed: a spectrum that is turned is another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.shape import Shape

RANKS = (4, 5)
"""Axes of pictures and volumes, the batch included."""


def fits(shape: Shape, other: Shape) -> bool:
    """Whether two shapes can be the same, whatever their batches."""
    return len(shape) == len(other) and all(
        first is None or second is None or first == second for first, second in zip(shape[1:], other[1:], strict=True)
    )


def turned(shape: Shape, other: Shape) -> tuple[int, ...] | None:
    """Return the order of axes in which one shape fits another; None: it fits as it is, in no order, or in both."""
    if fits(shape, other) or len(shape) not in RANKS or len(shape) != len(other):
        return None
    orders = [order for order in _orders(len(shape)) if fits(tuple(shape[axis] for axis in order), other)]
    return orders[0] if len(orders) == 1 else None


def _orders(rank: int) -> list[tuple[int, ...]]:
    """Return the order that brings the last axis behind the batch, and the one that brings it back."""
    between = tuple(range(1, rank - 1))
    return [(0, rank - 1, *between), (0, *(axis + 1 for axis in between), 1)]


def in_layout(values: NDArray[Any], shape: Shape) -> NDArray[Any]:
    """Return an array ``[n, ...]`` with its axes in the order of a shape, if it fits that only so; else as it is."""
    order = turned(values.shape, shape)
    return values if order is None else np.ascontiguousarray(values.transpose(order))
