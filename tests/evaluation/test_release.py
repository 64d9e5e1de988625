"""An older release in an original's place: what trained it is known from its run or bundle, or nobody knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgekit.bundle.build import make_bundle
from edgekit.cli.main import main
from edgekit.evaluation.release import Release
from edgekit.models.artifact import Artifact, load_artifact


def release(artifact: Artifact) -> Release:
    assert artifact.contract is not None
    return Release(artifact=artifact, contract=artifact.contract)


def test_a_run_says_what_trained_its_artifacts(demo_run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-int8")
    shipped = release(artifact)
    trained_on = shipped.trained_on()
    assert trained_on
    assert shipped.seen() == trained_on | artifact.calibrated_on
    assert shipped.digest() == artifact.digest()
    file = tmp_path / "alone.tflite"
    file.write_bytes(artifact.file.read_bytes())
    alone = release(load_artifact(file))
    assert alone.trained_on() is None
    assert alone.seen() == frozenset()


def test_two_releases(demo_run: Path, digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = make_bundle(demo_run / "artifacts" / "tflite-fp32", out=tmp_path / "old.edgekit")
    new = str(demo_run / "artifacts" / "tflite-int8full")
    words = ["parity", "--against", str(old), new, "--data", str(digits), "--json"]
    assert main(words) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["against"] == str(old)
    assert value["task"]["agreement"] > 0.98  # of some 700 samples; int8 changes one to three, by processor
    assert value["left_out"] >= 700 > 600 < value["samples"]  # what trained the model does not judge it
    assert "which samples trained the model is not known" not in " ".join(value["warnings"])
    alone = tmp_path / "alone.tflite"
    alone.write_bytes((demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes())
    assert main([*words[:2], str(alone), *words[3:]]) == 0
    assert "which samples trained the model is not known" in " ".join(json.loads(capsys.readouterr().out)["warnings"])
    other = tmp_path / "bare.tflite"
    content = (demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes()
    other.write_bytes(content[: content.index(b"PK\x03\x04")])
    assert main([*words[:2], str(other), *words[3:]]) == 2
    assert "says no contract" in capsys.readouterr().err
    assert main(["parity", new, "--data", str(digits)]) == 2
    assert "and --against OLD" in capsys.readouterr().err
