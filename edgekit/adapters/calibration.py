"""What each file in ``quantization/calibration`` offers."""

from __future__ import annotations

from typing import Protocol

from edgekit.quantization.ranges import Histogram, Range


class CalibrationMethod(Protocol):
    """A way to choose the range of an activation, named as recipes spell it, with ``_`` for ``-``.

    Attributes:
        RANK: Its place in lists.
        SUMMARY: What it keeps, in a line.
        COUNTS: Whether it needs to know how often values occur, so that samples are read once more; without, the
            smallest and the largest value are the range.
    """

    RANK: int
    SUMMARY: str
    COUNTS: bool

    def range_of(self, histogram: Histogram) -> Range:
        """Return the range of an activation, zero in it."""
        ...
