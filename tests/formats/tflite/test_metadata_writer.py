"""A model file says itself what it takes: in the public format, and in the contract, which says more."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from edgekit.errors import ArtifactError
from edgekit.formats.tflite.graph import read_graph
from edgekit.formats.tflite.metadata_writer import NAME, describe
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.models.embedded import embedded_contract

DIGITS = ("eight", "five", "four", "nine", "one", "seven", "six", "three", "two", "zero")


@pytest.mark.parametrize("variant", ["tflite-int8", "onnx-int8"])
def test_a_bare_file_knows_its_contract(variant: str, demo_run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / variant)
    bare = tmp_path / "copy"
    shutil.copy(artifact.file, bare)
    with open_session(bare) as session:
        assert session.contract == artifact.contract
        assert session.contract.outputs[0].labels == DIGITS


@pytest.mark.parametrize("variant", ["tflite-int8", "onnx-int8"])
def test_another_contract_beside_the_file_is_refused(variant: str, demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / variant
    shutil.copytree(demo_run / "artifacts" / variant, folder)
    told = json.loads((folder / "artifact.json").read_text())
    told["contract"]["outputs"]["probabilities"]["labels"].reverse()
    (folder / "artifact.json").write_text(json.dumps(told))
    with pytest.raises(ArtifactError, match="has another contract than"), open_session(folder):
        pass


def test_what_the_public_format_cannot_say_is_told(demo_run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    (said,) = artifact.unsaid
    assert said.startswith("image: that photos are resized by bilinear")
    spec = artifact.contract.inputs[0].with_settings(resize="mediapipe", crop=0.875, channels="BGR")
    copy = Path(shutil.copy(artifact.file, tmp_path / "copy"))
    found = describe(copy, replace(artifact.contract, inputs=(spec,)), name="x")
    assert found == ["image: that the middle is cropped", "image: that the colours are in the order BGR"]
    told = embedded_contract(copy)
    assert told is not None
    assert told.inputs[0].to_json()["crop"] == 0.875
    assert sum(each.name == NAME for each in read_graph(copy.read_bytes()).metadata) == 1  # the first one is gone


def test_the_same_contract_gives_the_same_bytes(demo_run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    first, second = (Path(shutil.copy(artifact.file, tmp_path / name)) for name in ("a", "b"))
    for file in (first, second):
        describe(file, artifact.contract, name="tflite-fp32")
    assert first.read_bytes() == second.read_bytes() == artifact.file.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        assert archive.read("labels.txt").decode().split() == list(DIGITS)
        assert archive.infolist()[0].header_offset > 10_000  # it counts from the model's first byte


def test_a_damaged_contract_is_refused(demo_run: Path, tmp_path: Path) -> None:
    model = (demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes()
    place = model.rindex(b'"signature"')
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(model[:place] + b"x" + model[place + 1 :])
    with pytest.raises(ArtifactError, match="the contract in it is damaged: Bad CRC-32"):
        load_artifact(damaged)
    damaged.write_bytes(model[: model.rindex(b"PK\x05\x06")])  # cut off: what is left is a model without a contract
    assert load_artifact(damaged).contract is None


def test_a_contract_that_is_no_contract_is_refused(tmp_path: Path, demo_run: Path) -> None:
    with pytest.raises(ArtifactError, match="the contract in it is damaged"):
        _ = load_artifact(_with_contract(demo_run, tmp_path, b'{"inputs": 3}'))
    spec = {"kind": "image", "dtype": "float32", "shape": [None, None, None, 3], "key": "image", "size": [99999, 8]}
    huge = {"signature": "x", "inputs": {"image": spec}, "outputs": {}}
    with pytest.raises(ArtifactError, match=r"its size is \(99999, 8\), which makes no sense"):
        _ = load_artifact(_with_contract(demo_run, tmp_path, json.dumps(huge).encode()))


def _with_contract(demo_run: Path, folder: Path, data: bytes) -> Path:
    model = (demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes()
    place = model.index(b"PK\x03\x04")
    made = folder / "made.tflite"
    made.write_bytes(model[:place])
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("contract.json", data)
    return made
