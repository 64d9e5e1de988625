"""TFLite files of other makers: what their public metadata says becomes a contract, and damage is an error."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.data.photos.settings import settings_of
from edgekit.errors import ArtifactError
from edgekit.evaluation.parity import parity
from edgekit.formats.tflite.metadata_reader import read_metadata
from edgekit.formats.tflite.metadata_writer import describe
from edgekit.inference.prediction import predict
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel

DIGITS = ("eight", "five", "four", "nine", "one", "seven", "six", "three", "two", "zero")


def foreign(artifact: Path, target: Path, *, labels: bytes | None = None, **changes: Any) -> Path:
    """Write a model file as another maker would: with public metadata and labels, and nothing of edgekit's."""
    loaded = load_artifact(artifact)
    assert loaded.contract is not None
    target.write_bytes(loaded.file.read_bytes())
    contract = replace(loaded.contract, inputs=(loaded.contract.inputs[0].with_settings(**changes),))
    describe(target, contract, name="theirs")
    content = target.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kept = archive.read("labels.txt") if labels is None else labels
        end = min(info.header_offset for info in archive.infolist())
    made = io.BytesIO(content[:end])
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("labels.txt", kept)
    target.write_bytes(made.getvalue())
    assert load_artifact(target).contract is None
    return target


def test_range_and_labels_come_from_the_file(demo_run: Path, tmp_path: Path) -> None:
    file = foreign(demo_run / "artifacts" / "tflite-fp32", tmp_path / "theirs.tflite")
    with open_session(file) as session:
        spec, output = session.contract.inputs[0], session.contract.outputs[0]
        assert session.has_contract
        assert (spec.kind, settings_of(spec).range, settings_of(spec).size) == ("image", (0.0, 1.0), (32, 32))
        assert output.labels == DIGITS
    np.save(tmp_path / "photo.npy", np.zeros([32, 32, 3], np.uint8))
    from PIL import Image

    photo = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, [40, 40, 3], np.uint8)).save(photo)
    ours = next(iter(predict(demo_run / "artifacts" / "tflite-fp32", str(photo))))
    theirs = next(iter(predict(file, str(photo))))
    assert [each["label"] for each in theirs["top"]] == [each["label"] for each in ours["top"]]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"range": (-1.0, 1.0)}, ((-1.0, 1.0), None)),
        ({"mean": (0.5, 0.25, 0.125), "std": (0.5, 0.5, 0.25)}, ((0.0, 255.0), (127.5, 63.75, 31.875))),
    ],
)
def test_how_pixels_are_scaled(changes: dict[str, Any], found: Any, demo_run: Path, tmp_path: Path) -> None:
    file = foreign(demo_run / "artifacts" / "tflite-fp32", tmp_path / "theirs.tflite", **changes)
    with open_session(file) as session:
        spec = session.contract.inputs[0]
    assert settings_of(spec).range == pytest.approx(found[0])
    assert settings_of(spec).mean == (None if found[1] is None else pytest.approx(found[1]))


def test_another_range_than_the_original_s_fails(tuned: TunedModel, demo_run: Path, tmp_path: Path) -> None:
    data = {"image": np.random.default_rng(0).integers(0, 256, [20, 32, 32, 3], np.uint8), "label": np.arange(20) % 10}
    right = foreign(demo_run / "artifacts" / "tflite-fp32", tmp_path / "right.tflite")
    wrong = foreign(demo_run / "artifacts" / "tflite-fp32", tmp_path / "wrong.tflite", range=(-1.0, 1.0))
    other = b"".join(each.encode() + b"\n" for each in reversed(DIGITS))
    order = foreign(demo_run / "artifacts" / "tflite-fp32", tmp_path / "order.tflite", labels=other)
    assert parity(tuned, right, data=data).verdict != "fail"
    assert "range is [-1, 1]" in parity(tuned, wrong, data=data).message
    assert "labels come in another order" in parity(tuned, order, data=data).message


def test_labels_that_do_not_fit_are_left_out(demo_run: Path, tmp_path: Path) -> None:
    file = foreign(demo_run / "artifacts" / "tflite-fp32", tmp_path / "theirs.tflite", labels=b"a\nb\n")
    with open_session(file) as session:
        assert session.contract.outputs[0].labels is None


def test_damage_is_an_error_and_nothing_else(demo_run: Path, tmp_path: Path) -> None:
    file = foreign(demo_run / "artifacts" / "tflite-int8", tmp_path / "theirs.tflite")
    content, draw, refused = file.read_bytes(), np.random.default_rng(0), []
    end = content.rindex(b"M001") + 900
    for _ in range(400):
        damaged = bytearray(content)
        for place in draw.integers(end - 1800, end, 6):
            damaged[place] = int(draw.integers(0, 256))
        file.write_bytes(damaged)
        try:
            read_metadata(file)
        except ArtifactError as error:
            refused.append(str(error))
    assert len(refused) > 50
    assert all("its metadata is damaged" in each for each in refused)


def test_a_file_that_says_nothing(demo_run: Path, tmp_path: Path) -> None:
    from edgekit.formats.tflite.graph import read_graph, write_graph

    loaded = read_graph((demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes())
    loaded.metadata = [each for each in loaded.metadata if each.name != b"TFLITE_METADATA"]
    (tmp_path / "bare.tflite").write_bytes(write_graph(loaded))
    assert read_metadata(tmp_path / "bare.tflite") is None
    with open_session(tmp_path / "bare.tflite") as session:
        assert not session.has_contract
    assert json.dumps(session.contract.to_json())
