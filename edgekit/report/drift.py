"""Drift drawn: the error of each operator alone and what has piled up behind it, along the model."""

from __future__ import annotations

from typing import Any

from edgekit.report.themed_svg import COLOURS, drawing, plane, render_svg

WIDTH, HEIGHT = 640, 260


def draw_drift(diagnosis: dict[str, Any], *, name: str = "drift", width: int = WIDTH) -> str:
    """Return an ``<svg>`` of the signal-to-noise ratios in dB, in the order of the model; culprits are marked.

    Args:
        diagnosis: What ``edgekit debug --json`` prints.
        name: Prefix of the drawing's ids.
        width: In pixels.
    """
    ordered = sorted(diagnosis["operators"], key=lambda operator: int(operator["index"]))
    with drawing():
        axes = plane(width, HEIGHT, left=48, right=12, top=24, bottom=44)
        for key, label, colour in (
            ("accumulated_db", "accumulated", COLOURS["muted"]),
            ("alone_db", "alone", COLOURS["accent"]),
        ):
            known = [(op["index"], op[key]) for op in ordered if op[key] is not None]
            axes.plot([i for i, _ in known], [v for _, v in known], color=colour, linewidth=1.4, label=label)
        marked = [(op["index"], op["alone_db"]) for op in diagnosis["culprits"] if op["alone_db"] is not None]
        axes.plot([i for i, _ in marked], [v for _, v in marked], "o", color=COLOURS["fail"], label="culprit")
        axes.legend(loc="lower left", ncols=3, frameon=False, bbox_to_anchor=(0, 1.0))
        axes.set_xlabel("operator, from the input to the output", color=COLOURS["muted"])
        axes.set_ylabel("SQNR, dB", color=COLOURS["muted"])
        return render_svg(axes, name=name, title="Error of each operator, alone and accumulated.")
