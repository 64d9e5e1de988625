"""Artifacts are what was written, or they are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edgekit.errors import ArtifactError
from edgekit.models.artifact import load_artifact


@pytest.fixture
def copied(demo_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_run / "artifacts" / "tflite-int8", tmp_path / "tflite-int8")
    return tmp_path / "tflite-int8"


def test_a_changed_model_file_is_refused(copied: Path) -> None:
    assert load_artifact(copied).name == "tflite-int8"
    content = bytearray((copied / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (copied / "model.tflite").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"model\.tflite is not the file that .*: its digest differs"):
        load_artifact(copied)


def test_a_changed_file_for_the_edge_tpu_is_refused(copied: Path) -> None:
    told = json.loads((copied / "artifact.json").read_text())
    (copied / "model_edgetpu.tflite").write_bytes((copied / "model.tflite").read_bytes())
    told["edgetpu"] = {"sha256": told["sha256"]}
    (copied / "artifact.json").write_text(json.dumps(told))
    assert load_artifact(copied).edgetpu is not None
    (copied / "model_edgetpu.tflite").write_bytes(b"TFL3" * 9)
    with pytest.raises(ArtifactError, match=r"model_edgetpu\.tflite is not the file that"):
        load_artifact(copied)


def test_a_model_file_elsewhere_is_refused(copied: Path) -> None:
    told = json.loads((copied / "artifact.json").read_text())
    (copied / "artifact.json").write_text(json.dumps({**told, "file": "../model.tflite"}))
    with pytest.raises(ArtifactError, match="is not in the artifact's folder"):
        load_artifact(copied)
