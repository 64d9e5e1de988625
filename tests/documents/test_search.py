"""Evidence of a search ranks exactness above all, and a report finds its candidates by name."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.documents.search import CandidateEntry, Evidence, SampleCounts, SearchReport

EVIDENCE = Evidence(name="tflite-int8", bytes=100, size=100, samples=12, agreement=1.0, sqnr_db=30.0)
ENTRY = CandidateEntry(
    name="tflite-int8", variant="tflite-int8", path=None, evidence=EVIDENCE, front=True, breaks={}, reason="small"
)
REPORT = SearchReport(
    name="digits",
    verdict="fail",
    choice=None,
    path=None,
    certificate=None,
    nearest_miss="tflite-int8",
    limits={},
    samples=SampleCounts(fitting=1, choosing=1, certifying=1),
    built=1,
    asked=12,
    measured_on="x86_64",
    front=("tflite-int8",),
    candidates=(ENTRY, replace(ENTRY, name="tflite-fp32")),
)


def test_exactness_is_above_all() -> None:
    assert EVIDENCE.quality == 30
    assert replace(EVIDENCE, sqnr_db=None).quality > replace(EVIDENCE, sqnr_db=300.0).quality


def test_a_candidate_is_found_by_its_name() -> None:
    assert REPORT.candidate("tflite-int8") is ENTRY
    with pytest.raises(StopIteration):
        REPORT.candidate("tflite-int9")


def test_overrides_are_called_except_in_json() -> None:
    document = ENTRY.to_json()
    assert document["except"] == ()
    assert "overrides" not in document
