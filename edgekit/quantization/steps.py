"""Steps: how far apart weights lie that training has rounded already, so that rounding them again changes nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LIMIT = 127
"""The largest integer of a weight of 8 bits."""
TOLERANCE = 2e-3
"""How far from an integer a weight may be, in steps: a float32 that a batch norm was multiplied into is off by 1e-4."""
FIRST = 64
"""Weights of a channel that are tried first; those of a channel that has no step differ among few already."""


def weight_steps(channels: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the step of each channel whose weights are integers of at most ``LIMIT`` times it; of others, 0.

    A channel of zeros has the smallest step of the others, so that its bias is as fine as theirs.

    Its largest weight need not be the largest integer: the last step of training came after the range was taken. Where
    several steps fit, each of them holds the weights exactly, and the smallest is returned.

    Args:
        channels: Weights, ``[channels, weights]``.
    """
    rows = channels.astype(np.float64)
    largest = np.abs(rows).max(axis=1, initial=0.0)
    steps = np.zeros(len(rows))
    pending = np.flatnonzero(largest > 0)
    for integer in range(LIMIT, 0, -1):
        step = largest[pending] / integer
        fits = _are_integers(rows[pending, :FIRST], step)
        fits[fits] = _are_integers(rows[pending[fits]], step[fits])
        steps[pending[fits]] = step[fits]
        pending = pending[~fits]
        if not len(pending):
            break
    if (steps > 0).any():
        steps[largest == 0] = steps[steps > 0].min()
    return steps


def _are_integers(rows: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.bool_]:
    ratios = rows / steps[:, None]
    fits: NDArray[np.bool_] = np.abs(ratios - np.round(ratios)).max(axis=1, initial=0.0) < TOLERANCE
    return fits
