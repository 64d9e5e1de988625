"""A run as people read it: a row for each variant, and reasons for all that is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edgekit.cli.output.runs import run
from edgekit.documents.run import RunReport


@pytest.fixture
def report(document: dict[str, Any]) -> RunReport:
    return RunReport.from_json(document)


def printed_of(report: RunReport, capsys: pytest.CaptureFixture[str]) -> str:
    run(report, Path("build"))
    return capsys.readouterr().out


def test_every_variant_has_a_row(report: RunReport, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_of(report, capsys)
    assert all(entry.variant in printed for entry in report.artifacts)
    assert f"report: build/{report.report}" in printed


def test_a_failure_is_said_with_its_reason(report: RunReport, capsys: pytest.CaptureFixture[str]) -> None:
    failed = replace(report.artifacts[0], parity=None, latency=None, error="the converter died")
    printed = printed_of(replace(report, artifacts=(failed,)), capsys)
    assert "not built" in printed
    assert f"{failed.variant}: the converter died" in printed
    assert "the converter died" not in printed_of(replace(report, artifacts=report.artifacts[:1]), capsys)
