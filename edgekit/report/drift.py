"""Drift drawn: the error of each operator alone and what has piled up behind it, along the model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from edgekit.documents.diagnosis import Diagnosis
from edgekit.report.themed_svg import COLOURS, drawing, plane, render_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 640, 260


def draw_drift(diagnosis: Diagnosis, *, name: str = "drift", width: int = WIDTH) -> str:
    """Return an ``<svg>`` of the signal-to-noise ratios in dB, in the order of the model; culprits are marked.

    Args:
        diagnosis: What ``edgekit debug`` found.
        name: Prefix of the drawing's ids.
        width: In pixels.
    """
    operators = sorted(diagnosis.operators, key=lambda operator: operator.index)
    accumulated = [(operator.index, operator.accumulated_db) for operator in operators]
    alone = [(operator.index, operator.alone_db) for operator in operators]
    culprits = [(operator.index, operator.alone_db) for operator in diagnosis.culprits]
    with drawing():
        axes = plane(width, HEIGHT, left=48, right=12, top=24, bottom=44)
        _plot(axes, accumulated, "-", label="accumulated", colour="muted")
        _plot(axes, alone, "-", label="alone", colour="accent")
        _plot(axes, culprits, "o", label="culprit", colour="fail")
        axes.legend(loc="lower left", ncols=3, frameon=False, bbox_to_anchor=(0, 1.0))
        axes.set_xlabel("operator, from the input to the output", color=COLOURS["muted"])
        axes.set_ylabel("SQNR, dB", color=COLOURS["muted"])
        return render_svg(axes, name=name, title="Error of each operator, alone and accumulated.")


def _plot(axes: Axes, points: Iterable[tuple[int, float | None]], style: str, *, label: str, colour: str) -> None:
    """Plot ratios by the operators' places; one without noise has no ratio, and no point."""
    noisy = [(index, ratio) for index, ratio in points if ratio is not None]
    indices, ratios = [index for index, _ in noisy], [ratio for _, ratio in noisy]
    axes.plot(indices, ratios, style, color=COLOURS[colour], linewidth=1.4, label=label)
