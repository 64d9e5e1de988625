"""The front drawn: the size of every candidate that was measured against what it keeps of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgekit.report.svg import COLOURS, canvas, drawing, render_svg

WIDTH, HEIGHT = 640, 340
EXACT_DB = 100.0
"""Where exact answers are drawn, and those that are nearly so."""


def draw_front(candidates: Sequence[dict[str, Any]], choice: str | None, size: str) -> str:
    """Return an SVG of the candidates; the front is a line, the choice is named."""
    found = [each for each in candidates if each["evidence"] is not None]
    points = {each["name"]: (each["evidence"]["size"] / 1e3, _ratio(each["evidence"]["sqnr_db"])) for each in found}
    best = [points[each["name"]] for each in sorted(found, key=lambda e: e["evidence"]["size"]) if each["front"]]
    with drawing():
        axes = canvas(WIDTH, HEIGHT, left=48, right=16, top=12, bottom=44)
        axes.yaxis.set_visible(True)
        axes.tick_params(labelleft=True)
        axes.set_xscale("log")
        axes.plot([x for x, _ in points.values()], [y for _, y in points.values()], "o", color=COLOURS["muted"], ms=4)
        axes.plot([x for x, _ in best], [y for _, y in best], "-o", color=COLOURS["accent"], ms=5, linewidth=1.4)
        for name, (x, y) in points.items():
            if name == choice:
                axes.plot([x], [y], "o", color=COLOURS["pass"], ms=10, fillstyle="none")
            if (x, y) in best:
                axes.annotate(name, (x, y), xytext=(4, 5), textcoords="offset points", color=COLOURS["muted"], size=9)
        axes.set_xlabel(f"size, kB ({size})", color=COLOURS["muted"])
        axes.set_ylabel("SQNR, dB", color=COLOURS["muted"])
        return render_svg(
            axes, name="front", title="Candidates by size and signal-to-noise ratio; the front is a line."
        )


def _ratio(value: float | None) -> float:
    return EXACT_DB if value is None else min(value, EXACT_DB)
