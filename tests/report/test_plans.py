"""A row for each plan: what the delegate takes is filled, what is left to the CPU is outlined."""

from __future__ import annotations

from xml.etree import ElementTree

from edgekit.documents.plan import PlanReport
from edgekit.report.plans import draw_plans
from tests.report.conftest import make_plans

PLANS = [PlanReport.from_json(plan) for plan in make_plans()]  # one takes 4 of 6 operators, the other all


def bars(svg: str, fill: str) -> int:
    uses = ElementTree.fromstring(svg).iter("use")
    classes = [use.get("class", "").split() for use in uses]
    return sum(f"fill-{fill}" in names and "stroke-accent" in names for names in classes)


def test_runs_of_operators_are_bars() -> None:
    drawing = draw_plans(PLANS)
    assert bars(drawing, "accent") == 2
    assert bars(drawing, "paper") == 1
    assert "edgetpu takes 4 of 6; xnnpack takes 6 of 6" in drawing


def test_a_delegate_that_takes_all_leaves_nothing() -> None:
    drawing = draw_plans(PLANS[1:])
    assert (bars(drawing, "accent"), bars(drawing, "paper")) == (1, 0)
