"""A figure: a ratio with its goal, its parts and the floor beside it."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured ratio.

    Attributes:
        name: What was measured.
        goal: The ratio that may not be exceeded.
        ratio: The ratio that was measured.
        parts: Both sides in words, with units.
        floor: What no implementation can go below, in words.
    """

    name: str
    goal: float
    ratio: float
    parts: str
    floor: str

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.ratio <= self.goal

    def show(self) -> None:
        """Print the figure within 80 columns."""
        mark = "met" if self.met else "MISSED"
        sys.stdout.write(f"{self.name}\n  {self.ratio:.3f}, goal at most {self.goal:g}: {mark}\n")
        sys.stdout.write(f"  {self.parts}\n  floor: {self.floor}\n")
        sys.stdout.flush()


def alternate(first: Callable[[], float], second: Callable[[], float], *, pairs: int) -> tuple[float, float, float]:
    """Measure two things in turn, after one pair that is not counted.

    Returns:
        The median of each, and the median of the ratios first / second, pair by pair.
    """
    first(), second()
    pairs_of_values = [(first(), second()) for _ in range(pairs)]
    firsts, seconds = zip(*pairs_of_values, strict=True)
    return statistics.median(firsts), statistics.median(seconds), statistics.median(a / b for a, b in pairs_of_values)


Benchmark = Callable[[Any], list[Figure]]
