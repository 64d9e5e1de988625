"""Nearest: each weight becomes the integer that lies nearest to it, as converters round by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.quantization.moments import Floats, Moments

RANK = 1
SUMMARY = "each alone, to the nearest"
MEASURES = False


def rounded(weights: Floats, scales: Floats, moments: Moments, *, limit: int) -> NDArray[np.int8]:  # noqa: ARG001
    """Return ``round(weight / scale)``, halves to even, between the limits; moments change nothing."""
    return integers(weights, scales, limit=limit).astype(np.int8)


def integers(weights: Floats, scales: Floats, *, limit: int) -> NDArray[Any]:
    """Return the integers as floats, which other methods go on to change."""
    return np.clip(np.rint(weights / scales), -limit, limit)
