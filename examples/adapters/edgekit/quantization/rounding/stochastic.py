"""Stochastic: each weight becomes one of its two neighbours, the nearer one likelier (Gupta et al., ICML 2015)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgekit.quantization.moments import Floats, Moments

RANK = 9
SUMMARY = "to either neighbour by chance, the nearer one likelier"
MEASURES = True  # without samples converters round by themselves, to the nearest
SEED = 0
"""The same model gives the same file."""


def rounded(weights: Floats, scales: Floats, moments: Moments, *, limit: int) -> NDArray[np.int8]:  # noqa: ARG001
    """Return ``floor(weight / scale + u)`` between the limits, ``u`` drawn from [0, 1)."""
    chance = np.random.default_rng(SEED).random(weights.shape)
    return np.clip(np.floor(weights / scales + chance), -limit, limit).astype(np.int8)
