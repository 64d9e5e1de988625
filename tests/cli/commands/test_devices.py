"""Commands about devices: profiles that are there, what a machine lacks, and what a delegate takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgekit.cli.main import main
from tests.cli.commands.conftest import Printed


def test_devices_and_doctor(printed_json: Printed, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--json"]) == 0
    assert "host" in printed_json()["devices"]
    assert main(["doctor", "--json"]) == 0
    machine = printed_json()
    assert {"edgekit", "python", "machine", "parts"} <= set(machine)
    edge_tpu = next(part for part in machine["parts"] if part["name"] == "libedgetpu")
    assert edge_tpu["install"].startswith("for the delegate edgetpu: ")
    assert main(["doctor"]) == 0
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


def test_a_profile_is_shown_alone(printed_json: Printed, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "host", "--json"]) == 0
    assert list(printed_json()["devices"]) == ["host"]
    assert main(["devices"]) == 0
    every = capsys.readouterr().out
    assert main(["devices", "host"]) == 0
    assert "host" in every
    assert capsys.readouterr().out != every


def test_a_plan_goes_to_model_explorer_too(demo_run: Path, tmp_path: Path, printed_json: Printed) -> None:
    overlay = tmp_path / "plan.json"
    artifact = demo_run / "artifacts" / "tflite-int8full" / "model.tflite"  # of no run: no report is drawn anew
    words = ["plan", str(artifact), "--delegate", "nnapi", "--overlay", str(overlay), "--json"]
    assert main(words) == 0
    plan = printed_json()
    assert plan["report"] is None
    results = json.loads(overlay.read_text())["main"]["results"]
    assert len(results) == plan["total"]


def test_a_delegate_that_nobody_knows_is_refused(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-fp32" / "model.tflite")
    assert main(["plan", artifact, "--delegate", "edgetpus"]) == 2
    assert "did you mean 'edgetpu'?" in capsys.readouterr().err
