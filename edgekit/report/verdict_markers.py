"""How a verdict is drawn: each has a shape of its own as well as a colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgekit.report.themed_svg import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# verdict -> matplotlib's marker and its size in pixels; the style sheet's badges have the same shapes.
MARKS = {"pass": ("o", 8.0), "inconclusive": ("D", 7.0), "fail": ("X", 9.0)}


def draw_mark(axes: Axes, x: float, y: float, verdict: str) -> None:
    """Draw a verdict's mark; what is not decided is hollow."""
    marker, size = MARKS[verdict]
    filled = COLOURS["paper" if verdict == "inconclusive" else verdict]
    axes.plot(
        [x],
        [y],
        linestyle="none",
        marker=marker,
        markersize=size,
        color=COLOURS[verdict],
        zorder=4,
        markerfacecolor=filled,
        markeredgewidth=1.6 if verdict == "inconclusive" else 0,
        clip_on=False,
    )


def draw_span(axes: Axes, interval: Sequence[float] | None, y: float, verdict: str, *, scale: float) -> None:
    """Draw an interval as a line at height ``y``, if there is one."""
    if interval is not None:
        ends = [end * scale for end in interval]
        axes.plot(ends, [y, y], color=COLOURS[verdict], linewidth=2, solid_capstyle="round", zorder=3)
