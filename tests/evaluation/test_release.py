"""An older release in an original's place: what trained it is known from its run or bundle, or nobody knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.bundle.build import make_bundle
from edgekit.cli.main import main
from edgekit.errors import DataError
from edgekit.evaluation.parity import parity
from edgekit.evaluation.release import Release, reference, remarks, with_their_words
from edgekit.inference.contenders import load_contender
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.statements import Statements
from tests.evaluation.mean_models import HEIGHT, WIDTH, mean_model


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
    assert main([*words[:2], str(other), *words[3:]]) == 0  # the newer one says what neither file's signature does
    assert json.loads(capsys.readouterr().out)["task"]["metric"] == "accuracy"
    assert main(["parity", new, "--data", str(digits)]) == 2
    assert "and --against OLD" in capsys.readouterr().err


@pytest.fixture(scope="module")
def photos() -> dict[str, Any]:
    """Photos in arrays, scaled, as no model's contract has to say how to prepare."""
    sizes = (200, HEIGHT, WIDTH, 3)
    return {"photo": np.random.default_rng(1).random(sizes, np.float32)}


def test_any_two_models_with_their_channels_elsewhere(photos: dict[str, Any], tmp_path: Path) -> None:
    last, first = mean_model(tmp_path / "last.onnx"), mean_model(tmp_path / "first.onnx", first=True, name="input")
    damaged = mean_model(tmp_path / "damaged.onnx", first=True, damaged=True)
    same, wrong = parity(last, [first, damaged], data=photos)
    assert (same.verdict, wrong.verdict) == ("pass", "fail")
    (output,) = same.outputs.values()
    assert output.sqnr_db is None or output.sqnr_db > 100  # sums in another order
    assert any("the channels lie elsewhere" in warning for warning in same.warnings)


def test_what_one_says_of_its_samples_counts_for_the_other(photos: dict[str, Any], tmp_path: Path) -> None:
    pixels = {"photo": (255 * photos["photo"]).astype(np.uint8)}
    last, first = mean_model(tmp_path / "last.onnx"), mean_model(tmp_path / "first.onnx", first=True)
    said = load_contender(last, Statements(pixels=(0.0, 1.0), labels=("a", "b", "c")))
    assert isinstance(said, Artifact)
    original = with_their_words(reference(first), [said], {})
    assert original.contract.outputs[0].labels == ("a", "b", "c")
    assert original.contract.inputs[0].kind == "image"
    assert parity(first, said, data=pixels).verdict == "pass"
    other = load_contender(last, Statements(pixels=(-1.0, 1.0)))
    assert isinstance(other, Artifact)
    with pytest.raises(DataError, match="says different things: photo image range"):
        with_their_words(reference(first), [said, other], {})


def test_two_quantized_models_are_no_reference(demo_run: Path, tuned: TunedModel) -> None:
    int8, other = (load_artifact(demo_run / "artifacts" / name) for name in ("tflite-int8", "onnx-int8"))
    with pytest.raises(DataError, match="none of them is a reference: tflite-int8 is quantized too") as caught:
        remarks(reference(int8), [other])
    assert caught.value.setting == "against"
    (both,) = remarks(reference(int8), [other], released=True)
    assert "says nothing of how either answers beside the float model" in both
    (one,) = remarks(reference(int8), [load_artifact(demo_run / "artifacts" / "tflite-fp32")])
    assert "name the float model first" in one
    assert remarks(tuned, [int8]) == ()
    assert remarks(reference(load_artifact(demo_run / "artifacts" / "tflite-fp32")), [int8]) == ()
