"""What later commands found of a run's artifacts is in its report."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.models.artifact import load_artifact


@pytest.fixture
def copied(demo_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_run, tmp_path / "run", symlinks=True)
    for file in (tmp_path / "run" / ".edgekit").glob("device-*"):
        file.unlink()  # of another test
    return tmp_path / "run"


def entry(run: Path, variant: str) -> dict[str, Any]:
    document = json.loads((run / "report.json").read_text())
    (found,) = [each for each in document["artifacts"] if each["variant"] == variant]
    return dict(found)


def test_devices_come_into_the_report(copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(copied / "artifacts" / "tflite-int8")
    contract = load_artifact(artifact).contract
    assert contract is not None
    photos = np.random.default_rng(0).integers(0, 256, [20, 32, 32, 3], np.uint8)
    np.savez(tmp_path / "data.npz", image=photos, label=np.arange(20) % 10)
    there = ["--device", f"popen:{sys.executable}"]
    assert main(["bench", artifact, *there, "--runs", "3", "--json"]) == 0
    judged = ["parity", str(copied / "model"), artifact, "--data", str(tmp_path / "data.npz"), "--max-drop", "1"]
    assert main([*judged, *there]) in (0, 3)
    (device,) = entry(copied, "tflite-int8")["devices"]  # both of one device
    assert device["device"] == f"popen:{sys.executable}"
    assert device["parity"]["samples"] == 20
    assert device["latency"]["latency_ms"]["p50"] > 0
    assert main([*judged, "--device", "host"]) in (0, 3)
    assert len(entry(copied, "tflite-int8")["devices"]) == 1  # what this machine gave is there already
    assert main([*judged, *there, "--delegate", "xnnpack"]) in (0, 3)
    assert [each["delegate"] for each in entry(copied, "tflite-int8")["devices"]].count("xnnpack") == 1
    assert "<caption>On devices</caption>" in (copied / "report.html").read_text()
    assert "--json" not in capsys.readouterr().err


def test_another_original_is_not_this_run(copied: Path, demo_run: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", image=np.zeros([4, 32, 32, 3], np.uint8), label=np.arange(4))
    artifact = copied / "artifacts" / "tflite-fp32"
    words = ["--data", str(tmp_path / "data.npz"), "--max-drop", "1", "--device", f"popen:{sys.executable}"]
    assert main(["parity", str(demo_run / "model"), str(artifact), *words]) in (0, 3)
    assert not list((copied / ".edgekit").glob("device-*"))


def test_without_what_draws_a_report_it_is_kept_all_the_same(
    copied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgekit import report
    from edgekit.errors import MissingExtraError

    def missing(document: object, out: Path) -> Path:
        raise MissingExtraError("the report", missing="jinja2", extra="report")

    monkeypatch.setattr(report, "write_report", missing)
    words = ["bench", str(copied / "artifacts" / "tflite-fp32"), "--device", f"popen:{sys.executable}", "--runs", "2"]
    assert main(words) == 0
    assert "which is not drawn anew" in " ".join(capsys.readouterr().err.split())
    assert len(list((copied / ".edgekit").glob("device-*"))) == 1
