"""Plans drawn: which operators each delegate takes, along the model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from edgekit.documents.plan import PlanReport
from edgekit.report.themed_svg import COLOURS, canvas, drawing, render_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, ROW, BAR = 640, 34, 16


def draw_plans(plans: Sequence[PlanReport], *, name: str = "plans", width: int = WIDTH) -> str:
    """Return an ``<svg>`` with a row for each plan: its delegate's operators filled, those of the CPU outlined.

    Args:
        plans: Of one artifact.
        name: Prefix of the drawing's ids.
        width: In pixels.
    """
    with drawing():
        axes = canvas(width, ROW * len(plans) + 44, left=88, right=12, top=4, bottom=40)
        for row, plan in enumerate(plans):
            _draw_row(axes, plan, middle=ROW * row + ROW / 2)
        axes.set_xlim(-0.5, max(len(plan.ops) for plan in plans) - 0.5)
        axes.set_xlabel("operator, from the input to the output", color=COLOURS["muted"])
        takes = "; ".join(f"{plan.delegate} takes {plan.delegated} of {plan.total}" for plan in plans)
        return render_svg(axes, name=name, title=f"Operators that delegates take: {takes}.")


def _draw_row(axes: Axes, plan: PlanReport, *, middle: float) -> None:
    """Draw a delegate's name, and a bar for each run of operators that it takes or leaves."""
    transform = axes.get_yaxis_transform()
    axes.text(-0.015, middle, plan.delegate, transform=transform, ha="right", va="center", color=COLOURS["ink"])
    for delegated, ops in groupby(plan.ops, key=lambda op: op.delegated):
        indices = [op.index for op in ops]
        axes.broken_barh(
            [(indices[0] - 0.5, len(indices))],
            (middle - BAR / 2, BAR),
            facecolor=COLOURS["accent"] if delegated else COLOURS["paper"],
            edgecolor=COLOURS["accent"],
            linewidth=1,
        )
