"""Drift drawn: the error of each operator alone and what has piled up behind it, along the model."""

from __future__ import annotations

from collections.abc import Sequence

from edgekit.debugging.operators import Operator
from edgekit.report.svg import COLOURS, as_file, drawing, plane, render_svg

WIDTH, HEIGHT = 640, 260


def draw_drift(operators: Sequence[Operator], culprits: Sequence[Operator]) -> str:
    """Return an SVG of the signal-to-noise ratios in dB, in the order of the model; culprits are marked."""
    ordered = sorted(operators, key=lambda operator: operator.index)
    with drawing():
        axes = plane(WIDTH, HEIGHT, left=48, right=12, top=24, bottom=44)
        for values, label, colour in (
            ([op.accumulated_db for op in ordered], "accumulated", COLOURS["muted"]),
            ([op.alone_db for op in ordered], "alone", COLOURS["accent"]),
        ):
            known = [(op.index, value) for op, value in zip(ordered, values, strict=True) if value is not None]
            axes.plot([i for i, _ in known], [v for _, v in known], color=colour, linewidth=1.4, label=label)
        marked = [(op.index, op.alone_db) for op in culprits if op.alone_db is not None]
        axes.plot([i for i, _ in marked], [v for _, v in marked], "o", color=COLOURS["fail"], label="culprit")
        axes.legend(loc="lower left", ncols=3, frameon=False, bbox_to_anchor=(0, 1.0))
        axes.set_xlabel("operator, from the input to the output", color=COLOURS["muted"])
        axes.set_ylabel("SQNR, dB", color=COLOURS["muted"])
        return as_file(render_svg(axes, name="drift", title="Error of each operator, alone and accumulated."))
