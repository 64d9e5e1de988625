"""A variant of a run has scores where it was compared and judged, and none where it was not."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from edgekit.documents.run import RunReport
from tests.report.conftest import document

__all__ = ["document"]


@pytest.fixture
def report(document: dict[str, Any]) -> RunReport:
    return RunReport.from_json(document)


def test_scores_are_those_of_its_parity(report: RunReport) -> None:
    entry = next(entry for entry in report.artifacts if entry.parity is not None)
    assert entry.parity is not None
    assert entry.task is entry.parity.task is not None
    assert replace(entry, parity=replace(entry.parity, task=None)).task is None


def test_what_was_not_built_has_no_scores(report: RunReport) -> None:
    failed = [entry for entry in report.artifacts if entry.status == "failed"]
    assert failed
    assert [entry.task for entry in failed] == [None] * len(failed)
