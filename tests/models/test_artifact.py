"""Artifacts are what was written, or they are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edgekit.errors import ArtifactError
from edgekit.models.artifact import CompiledFile, load_artifact, save_artifact
from edgekit.system.digests import file_digest


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
    record = json.loads((copied / "artifact.json").read_text())
    (copied / "model_edgetpu.tflite").write_bytes((copied / "model.tflite").read_bytes())
    record["edgetpu"] = {"sha256": record["sha256"]}
    (copied / "artifact.json").write_text(json.dumps(record))
    assert load_artifact(copied).file_for("edgetpu") == copied / "model_edgetpu.tflite"
    (copied / "model_edgetpu.tflite").write_bytes(b"TFL3" * 9)
    with pytest.raises(ArtifactError, match=r"model_edgetpu\.tflite is not the file that"):
        load_artifact(copied)


def test_what_is_compiled_is_written_as_it_was_read(copied: Path) -> None:
    before = (copied / "artifact.json").read_bytes()
    save_artifact(copied, load_artifact(copied))
    assert (copied / "artifact.json").read_bytes() == before
    artifact = load_artifact(copied)
    assert artifact.compiled == {}
    compiled = artifact.compiled_path("edgetpu")
    compiled.write_bytes(b"compiled")
    save_artifact(copied, artifact.with_compiled("edgetpu", CompiledFile(file=compiled)))
    record = json.loads((copied / "artifact.json").read_text())
    assert record == {**json.loads(before), "edgetpu": {"sha256": file_digest(compiled).hex}}
    assert load_artifact(copied).compiled == {"edgetpu": CompiledFile(file=compiled)}


def test_a_refusal_is_kept_by_the_name_of_any_delegate(copied: Path) -> None:
    artifact = load_artifact(copied).with_compiled("gpu", CompiledFile(error="it has no room"))
    save_artifact(copied, artifact.with_compiled("edgetpu", CompiledFile(error="an operator is not known")))
    record = json.loads((copied / "artifact.json").read_text())
    assert record["edgetpu"] == {"error": "an operator is not known"}
    loaded = load_artifact(copied)
    assert loaded.refusals == {"gpu": "it has no room", "edgetpu": "an operator is not known"}
    assert loaded.file_for("edgetpu") == loaded.file_for("gpu") == loaded.file


def test_a_model_file_elsewhere_is_refused(copied: Path) -> None:
    record = json.loads((copied / "artifact.json").read_text())
    (copied / "artifact.json").write_text(json.dumps({**record, "file": "../model.tflite"}))
    with pytest.raises(ArtifactError, match="is not in the artifact's folder"):
        load_artifact(copied)
