"""What each file in ``quantization/rounding`` offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edgekit.quantization.moments import Floats, Moments


class RoundingMethod(Protocol):
    """A way to choose the integers of weights, named as recipes spell it.

    Attributes:
        RANK: Its place in lists.
        SUMMARY: What it does, in a line.
        MEASURES: Whether it goes by the moments of what layers read, so that it needs samples.
    """

    RANK: int
    SUMMARY: str
    MEASURES: bool

    def rounded(self, weights: Floats, scales: Floats, moments: Moments, *, limit: int) -> NDArray[np.int8]:
        """Return the integers of a layer.

        Args:
            weights: ``[groups, outputs, inputs]``.
            scales: What one step of each weight is worth; of the same shape, or broadcast to it.
            moments: Those of the layer's inputs.
            limit: The largest integer; the smallest is its negative.

        Raises:
            ValueError: The moments are those of another layer.
        """
        ...
