"""The front drawn: the size of every candidate that was measured against what it keeps of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgekit.documents.search import CandidateEntry
from edgekit.report.themed_svg import COLOURS, as_file, drawing, logarithmic, plane, render_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 640, 340
APART = (100, 13)
"""Pixels across and down that names need."""
EXACT_DB = 100.0
"""Where exact answers are drawn, and those that are nearly so."""
Point = tuple[float, float]


def draw_front(candidates: Sequence[CandidateEntry], choice: str | None, size: str) -> str:
    """Return an SVG of the candidates; the front is a line, the choice is named."""
    evidence_of = {entry.name: entry.evidence for entry in candidates if entry.evidence is not None}
    points = {name: (evidence.size / 1e3, _ratio(evidence.sqnr_db)) for name, evidence in evidence_of.items()}
    best = {entry.name for entry in candidates if entry.front}
    names = [name for name in sorted(evidence_of, key=lambda name: evidence_of[name].size) if name in best]
    with drawing():
        axes = plane(WIDTH, HEIGHT, left=48, right=16, top=24, bottom=44)
        logarithmic(axes)
        axes.plot(*zip(*points.values(), strict=True), "o", color=COLOURS["line"], ms=4)
        axes.plot(*zip(*(points[name] for name in names), strict=True), "-o", color=COLOURS["accent"], ms=5, lw=1.4)
        if choice is not None:
            axes.plot(*points[choice], "o", color=COLOURS["pass"], ms=11, fillstyle="none")
        _label(axes, points, names, choice)
        axes.set_xlabel(f"size, kB ({size})", color=COLOURS["muted"])
        axes.set_ylabel("SQNR, dB", color=COLOURS["muted"])
        title = "Candidates by size and SQNR; the front is a line."
        return as_file(render_svg(axes, name="front", title=title))


def _label(axes: Axes, points: dict[str, Point], names: list[str], choice: str | None) -> None:
    """Name the choice, and those of the front whose names cover no other."""
    labelled: list[Point] = []
    for name in sorted(names, key=lambda name: name != choice):
        x, y = axes.transData.transform(points[name])
        if any(abs(x - across) < APART[0] and abs(y - level) < APART[1] for across, level in labelled):
            continue
        labelled.append((x, y))
        near_end = x > 0.8 * WIDTH
        axes.annotate(
            name,
            points[name],
            xytext=(-7 if near_end else 8, 3),
            textcoords="offset points",
            ha="right" if near_end else "left",
            color=COLOURS["ink" if name == choice else "muted"],
            size=10,
        )


def _ratio(ratio: float | None) -> float:
    return EXACT_DB if ratio is None else min(ratio, EXACT_DB)
