"""Plans drawn: which operators each delegate takes, along the model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from edgekit.report.themed_svg import COLOURS, canvas, drawing, render_svg

WIDTH, ROW, BAR = 640, 34, 16


def draw_plans(plans: Sequence[dict[str, Any]], *, name: str = "plans", width: int = WIDTH) -> str:
    """Return an ``<svg>`` with a row for each plan: its delegate's operators filled, those of the CPU outlined.

    Args:
        plans: What ``edgekit plan --json`` prints, of one artifact.
        name: Prefix of the drawing's ids.
        width: In pixels.
    """
    with drawing():
        axes = canvas(width, ROW * len(plans) + 44, left=88, right=12, top=4, bottom=40)
        for row, plan in enumerate(plans):
            middle = ROW * row + ROW / 2
            axes.text(-0.015, middle, plan["delegate"], transform=axes.get_yaxis_transform(), ha="right", va="center",
                      color=COLOURS["ink"])  # fmt: skip
            for delegated, ops in groupby(plan["ops"], key=lambda op: bool(op["delegated"])):
                places = [int(op["index"]) for op in ops]
                axes.broken_barh(
                    [(places[0] - 0.5, len(places))], (middle - BAR / 2, BAR),
                    facecolor=COLOURS["accent"] if delegated else COLOURS["paper"], edgecolor=COLOURS["accent"],
                    linewidth=1,
                )  # fmt: skip
        axes.set_xlim(-0.5, max(len(plan["ops"]) for plan in plans) - 0.5)
        axes.set_xlabel("operator, from the input to the output", color=COLOURS["muted"])
        takes = "; ".join(f"{plan['delegate']} takes {plan['delegated']} of {plan['total']}" for plan in plans)
        return render_svg(axes, name=name, title=f"Operators that delegates take: {takes}.")
