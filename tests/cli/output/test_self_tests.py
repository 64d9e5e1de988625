"""A self-test as people read it: what noticed each fault, what was missed, and how many alarms were false."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest
from msgspec.structs import replace

from edgekit.cli.output.self_tests import NOTICED, self_test
from edgekit.documents.self_test import FaultFinding, SelfTestReport

CAUGHT = FaultFinding(fault="input: transposed", caught=True, by="verdict", evidence="the drop is 0.5")
LARGER = FaultFinding(fault="file: weights bit-flipped", caught=True, by="errors", evidence="SQNR 3 dB")
MISSED = FaultFinding(fault="contract: range off", caught=False, by=None, evidence="nothing")
ABSENT = FaultFinding(fault="output: outputs reordered", caught=None, by=None, evidence="it has one output")
LIMIT = FaultFinding(fault="drop: the limit plus a point", caught=True, by="limit", evidence="the drop is 0.06")
REPORT = SelfTestReport(
    ok=True,
    variant="tflite-int8",
    samples=80,
    findings=(CAUGHT, LARGER, ABSENT, LIMIT),
    faithful=200,
    alarms=1,
    allowed=3,
)


def printed_of(report: SelfTestReport, capsys: pytest.CaptureFixture[str]) -> str:
    self_test(report)
    return capsys.readouterr().out


def test_everything_that_can_notice_a_fault_has_a_word() -> None:
    names = {name for argument in get_args(get_type_hints(FaultFinding)["by"]) for name in get_args(argument)}
    assert set(NOTICED) == {*names, None}


def test_what_does_not_apply_counts_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    printed = " ".join(printed_of(REPORT, capsys).split())
    assert "2 of 2 faults caught, 1 of them by larger errors alone" in printed
    assert "1 of 1 drops near the limit judged rightly" in printed
    assert "of 200 faithful artifacts 1 taken for faulty (3 may be)" in printed
    assert "MISSED" not in printed


def test_a_missed_fault_stands_out(capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_of(replace(REPORT, ok=False, findings=(CAUGHT, MISSED)), capsys)
    assert "MISSED  contract: range off\n        nothing\n" in printed
    assert "1 of 2 faults caught" in printed


def test_a_self_test_of_nothing_catches_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    printed = " ".join(printed_of(replace(REPORT, findings=()), capsys).split())
    assert "0 of 0 faults caught, 0 of them" in printed
