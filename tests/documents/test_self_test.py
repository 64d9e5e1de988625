from __future__ import annotations

from typing import Any

import pytest

from edgekit.documents.self_test import SelfTestReport
from edgekit.errors import OutputError

FINDING = {"fault": "range off", "caught": True, "by": "verdict", "evidence": "drop 0.4"}
REPORT: dict[str, Any] = {
    "ok": True,
    "variant": "tflite-int8",
    "samples": 40,
    "findings": [FINDING],
    "faithful": 200,
    "alarms": 0,
    "allowed": 3,
}


def test_findings_are_read_back() -> None:
    assert SelfTestReport.from_json(REPORT).to_json() == {**REPORT, "findings": (FINDING,)}


def test_a_fault_may_not_apply() -> None:
    findings = [{**FINDING, "caught": None, "by": None}]
    assert SelfTestReport.from_json({**REPORT, "findings": findings}).findings[0].caught is None


def test_what_notices_a_fault_is_known() -> None:
    with pytest.raises(OutputError, match="by"):
        SelfTestReport.from_json({**REPORT, "findings": [{**FINDING, "by": "luck"}]})
