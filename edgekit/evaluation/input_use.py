"""How samples use the range of values that calibration saw of an input."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

STEPS = 255
"""Steps of int8 between the ends of a range."""


@dataclass
class InputUse:
    """How the values of one input lie in the range that calibration saw of it.

    Attributes:
        values: Number of values.
        outside: Those that lie beyond it by more than a step of int8.
        low: The smallest.
        high: The greatest.
    """

    values: int = 0
    outside: int = 0
    low: float = math.inf
    high: float = -math.inf

    @staticmethod
    def of(values: NDArray[Any], calibrated: tuple[float, float]) -> InputUse:
        """Count values against a range."""
        low, high = calibrated
        step = (max(high, 0.0) - min(low, 0.0)) / STEPS
        return InputUse(
            values=values.size,
            outside=int(((values < low - step) | (values > high + step)).sum()),
            low=float(values.min(initial=math.inf)),
            high=float(values.max(initial=-math.inf)),
        )

    def merge(self, other: InputUse) -> None:
        """Add other values."""
        self.values += other.values
        self.outside += other.outside
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
