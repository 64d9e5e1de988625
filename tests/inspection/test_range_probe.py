"""The range that a model was trained with is found among those that are common; what samples cannot tell is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.conversion.conversion import convert
from edgekit.data.photos.feedings import COLOUR_FEEDINGS
from edgekit.errors import DataError, ModuleError
from edgekit.inspection.range_probe import probe
from edgekit.original.finished import load_model
from edgekit.system.optional import tensorflow


def colour_model(folder: Path, *, low: float, high: float, bgr: bool) -> Path:
    """A model that tells red, green and blue apart, each light or dark, if it is fed as it wants to be."""
    tf = tensorflow()

    def call(image: Any) -> dict[str, Any]:
        whole = (image - low) / (high - low)
        colours = tf.reduce_mean(whole, axis=[1, 2])
        colours = colours[:, ::-1] if bgr else colours
        light = tf.reduce_max(colours, 1, keepdims=True)
        inside = tf.cast(
            (light > 0.05) & (light < 1.05) & (tf.reduce_min(colours, 1, keepdims=True) > -0.05), tf.float32
        )
        dark = tf.cast(light < 0.5, tf.float32)
        scores = tf.concat([colours * dark, colours * (1 - dark)], 1) * inside
        return {"scores": scores + tf.constant([[0.0, 0, 0, 0, 0, 1e-3]])}

    owner = tf.Module()
    owner.call = tf.function(call, input_signature=[tf.TensorSpec([None, 8, 8, 3], tf.float32, "image")])
    tf.saved_model.save(owner, str(folder), signatures={"serving_default": owner.call})
    return folder


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of six classes: dark and light red, green and blue."""
    path = tmp_path_factory.mktemp("colours") / "colours.npz"
    rng = np.random.default_rng(0)
    photos, labels = [], []
    for label in range(6):
        for _ in range(12):
            photo = rng.integers(10, 25, (8, 8, 3))
            photo[..., label % 3] += 60 if label < 3 else 200
            photos.append(photo)
            labels.append(label)
    np.savez(path, image=np.array(photos, np.uint8), label=np.array(labels), allow_pickle=False)
    return path


@pytest.mark.parametrize(
    ("low", "high", "bgr", "wanted"),
    [
        (0.0, 1.0, False, "[0, 1], RGB"),
        (-1.0, 1.0, False, "[-1, 1], RGB"),
        (0.0, 255.0, True, "[0, 255], BGR"),
    ],
)
def test_the_right_one_is_found(low: float, high: float, bgr: bool, wanted: str, colours: Path, tmp_path: Path) -> None:
    model = colour_model(tmp_path / "model", low=low, high=high, bgr=bgr)
    found = probe(model, colours)
    assert found[0].feeding == wanted
    assert found[0].accuracy == 1.0
    assert [each.feeding for each in found if each.fits] == [wanted]
    assert {each.feeding for each in found} == set(COLOUR_FEEDINGS)
    assert all(each.behind is not None and each.behind[0] > 0 for each in found[1:])


def test_a_tflite_file_and_the_command(colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = load_model(colour_model(tmp_path / "model", low=-1.0, high=1.0, bgr=False))
    artifact = convert(model, "tflite-fp32", out=tmp_path / "out")
    bare = tmp_path / "bare.tflite"
    content = artifact.file.read_bytes()
    bare.write_bytes(content[: content.index(b"PK\x03\x04")])  # as of elsewhere, without our contract
    assert main(["inspect", str(bare), "--data", str(colours)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "it wants [-1, 1], RGB: range = [-1.0, 1.0]" in printed
    assert main(["inspect", str(bare), "--data", str(colours), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["feeding"][0]["fits"] is True


def test_what_few_samples_do_not_tell_is_said(
    colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(colours) as arrays:
        few = {name: arrays[name][[0, 70]] for name in ("image", "label")}
    np.savez(tmp_path / "few.npz", **few, allow_pickle=False)
    model = colour_model(tmp_path / "model", low=0.0, high=1.0, bgr=False)
    assert main(["inspect", str(model), "--data", str(tmp_path / "few.npz")]) == 0
    assert "these samples do not tell apart" in " ".join(capsys.readouterr().out.split())


def test_what_cannot_be_probed(colours: Path, tmp_path: Path, demo_run: Path) -> None:
    model = colour_model(tmp_path / "model", low=0.0, high=1.0, bgr=False)
    with np.load(colours) as arrays:
        np.savez(tmp_path / "unlabelled.npz", image=arrays["image"], allow_pickle=False)
    with pytest.raises(DataError, match="the data has no labels"):
        probe(model, tmp_path / "unlabelled.npz")
    full = shutil.copy(demo_run / "artifacts" / "tflite-int8full" / "model.tflite", tmp_path / "full.tflite")
    with pytest.raises((ModuleError, DataError)):
        probe(full, tmp_path / "unlabelled.npz")
