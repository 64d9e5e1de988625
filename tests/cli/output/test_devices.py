"""What a machine has, what it lacks with the way to get it, and what a delegate leaves to the CPU."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.cli.output.devices import doctor, plan
from edgekit.documents.machines import MachineReport, PartEntry
from edgekit.documents.plan import PlanReport
from tests.report.conftest import make_plans

PARTS = (
    PartEntry(name="scipy", version="1.13", install="pip install 'edgekit[parity]'"),
    PartEntry(name="execnet", version=None, install="pip install 'edgekit[remote]'"),
)


def test_only_what_is_missing_has_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    doctor(MachineReport(edgekit="1.0", python="3.11", machine="x86_64, 2 cores", parts=PARTS))
    printed = capsys.readouterr().out
    assert "edgekit 1.0: Python 3.11, x86_64, 2 cores" in printed
    assert "pip install 'edgekit[remote]'" in printed
    assert "pip install 'edgekit[parity]'" not in printed


def test_what_is_left_to_the_cpu_has_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    partly = PlanReport.from_json(make_plans()[0])
    ops = tuple(replace(op, reason="it has two outputs") for op in partly.ops)
    plan(replace(partly, ops=ops))
    printed = capsys.readouterr().out
    assert "edgetpu takes 4 of 6 operators, 1 partition\n" in printed
    assert printed.count("why: it has two outputs") == 1  # said once for all that it is the reason of


def test_a_delegate_that_takes_all_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    plan(PlanReport.from_json(make_plans()[1]))
    assert "on the CPU" not in capsys.readouterr().out
