from __future__ import annotations

from typing import Any

import pytest

from edgekit.documents.plan import PlanReport
from edgekit.errors import OutputError

OP = {"index": 0, "op": "CONV_2D", "name": "y", "delegated": False, "reason": "a float", "fix": None}
PLAN: dict[str, Any] = {
    "variant": "tflite-int8",
    "delegate": "edgetpu",
    "basis": "rules",
    "source": "its page",
    "ops": [OP],
    "partitions": 0,
    "delegated": 0,
    "total": 1,
}


def test_a_plan_is_read_back() -> None:
    report = PlanReport.from_json(PLAN)
    assert report.ops[0].reason == "a float"
    assert report.to_json() == {**PLAN, "ops": (OP,)}


def test_the_report_is_absent_or_null_or_named() -> None:
    assert "report" not in PlanReport.from_json(PLAN).to_json()
    assert PlanReport.from_json({**PLAN, "report": None}).to_json()["report"] is None


def test_a_basis_is_one_of_three() -> None:
    with pytest.raises(OutputError, match="basis"):
        PlanReport.from_json({**PLAN, "basis": "a guess"})
