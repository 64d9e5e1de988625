"""The summary for a pull request: a row per variant, and why one did not pass."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from edgekit.documents.run import RunReport
from edgekit.report.markdown import render_markdown


@pytest.fixture
def document(demo_run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo_run / "report.json").read_text())
    return found


def test_a_row_for_each_variant(document: dict[str, Any], demo_run: Path) -> None:
    text = render_markdown(RunReport.from_json(document))
    assert (demo_run / "summary.md").read_text() == text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(document["artifacts"]) == 10
    assert {row.count(" | ") for row in rows} == {5}
    assert "✅" in rows[0]
    assert "| 0.0 (\N{MINUS SIGN}0.5 to 0.5) |" in rows[0]
    assert "697 held-out samples" in text


def test_what_failed_says_why(document: dict[str, Any]) -> None:
    bad = copy.deepcopy(document)
    bad["artifacts"][0]["parity"]["verdict"] = "fail"
    bad["artifacts"][0]["parity"]["message"] = "a | drop"
    bad["artifacts"][1] |= {"status": "failed", "parity": None, "error": "it cannot be converted", "bytes": None}
    text = render_markdown(RunReport.from_json(bad))
    assert "❌" in text
    assert "- `tflite-fp32`: a | drop" in text
    assert "- `tflite-fp16`: it cannot be converted" in text
