"""Commands that take a model apart from a recipe: what they refuse before they work, and what they print."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgekit.cli.arguments import parser
from edgekit.cli.commands.models import opened, photo_size, pixel_range, statements
from edgekit.cli.main import main
from edgekit.contract.contract import Contract
from edgekit.errors import EdgekitError
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.statements import Statements
from edgekit.system.optional import tensorflow
from tests.cli.commands.conftest import Printed
from tests.documents.validation import check_document


def test_an_output_that_cannot_be_written(
    tuned: TunedModel, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["convert", str(tuned.path), "onnx-fp32", "--out", str(tmp_path / "file" / "out")]) == 2
    assert f"cannot write to {tmp_path / 'file' / 'out'}" in capsys.readouterr().err


def test_calibration_needs_samples(tuned: TunedModel, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["convert", str(tuned.path), "tflite-int8", "--out", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "calibration needs real samples" in message
    assert "give [data] train in the recipe, or --data PATH" in message


def test_an_artifact_in_the_originals_place_is_told(
    demo_run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-int8")
    assert main(["convert", artifact, "onnx-fp32", "--out", str(tmp_path / "out")]) == 2
    assert "is an artifact: give the original that it was made of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--samples", "0"], "--samples is at least 1"),
        (["--epochs", "-1"], "--epochs at least 0"),
        (["--method", "min_max"], "did you mean 'min-max'?"),
        (["--rounding", "gptq"], "give --data PATH"),
        (["--rounding", "up"], "--rounding up: one of"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_model_is_opened(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["convert", "./nowhere", "tflite-int8", "--out", str(tmp_path / "out"), *words]) == 2
    assert reason in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_debug_needs_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["debug", "./nowhere", "./nowhere", "--data", "x", "--samples", "0"]) == 2
    assert "--samples is at least 1" in capsys.readouterr().err


@pytest.mark.parametrize(("ends", "pixels"), [(None, None), ([-1.0, 1.0], (-1.0, 1.0))])
def test_a_range_is_two_numbers(ends: list[float] | None, pixels: tuple[float, float] | None) -> None:
    assert pixel_range(argparse.Namespace(range=ends)) == pixels


@pytest.mark.parametrize("ends", [[1.0, 1.0], [1.0, 0.0], [np.nan, 1.0]])
def test_a_range_goes_up(ends: list[float]) -> None:
    with pytest.raises(EdgekitError, match="the lower value comes first"):
        pixel_range(argparse.Namespace(range=ends))


@pytest.mark.parametrize("size", [[0, 8], [8, -1], [8, 8193]])
def test_a_size_is_that_of_a_photo(size: list[int]) -> None:
    assert photo_size(argparse.Namespace(size=[8, 6])) == (8, 6)
    assert photo_size(argparse.Namespace(size=None)) is None
    with pytest.raises(EdgekitError, match="height and width are between 1 and 8192"):
        photo_size(argparse.Namespace(size=size))


@pytest.fixture(scope="module")
def unsized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Keras file whose photos may be of any size of at least three pixels, and a few photos."""
    folder = tmp_path_factory.mktemp("unsized")
    keras = tensorflow().keras
    photo = keras.Input([None, None, 3], name="photo")
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(photo))
    keras.Model(photo, keras.layers.Dense(2, activation="softmax")(pooled)).save(folder / "model.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 20, 30, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        (folder / "photos" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / "photos" / "ab"[number % 2] / f"{number}.png")
    return folder


def contract_in(artifact: Path) -> Contract:
    contract = load_artifact(artifact).contract
    assert contract is not None
    return contract


@pytest.mark.filterwarnings("ignore")
def test_a_size_makes_every_variant_of_a_model_that_leaves_it_free(
    unsized: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, photos = str(unsized / "model.keras"), str(unsized / "photos")
    words = ["convert", model, "tflite-fp32-b1", "tflite-int8", "--data", photos, "--range", "0", "1"]
    assert main([*words, "--out", str(tmp_path / "none")]) == 2
    assert "size = [HEIGHT, WIDTH] under [inputs.photo], or by --size HEIGHT WIDTH" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path), "--size", "12", "16"]) == 0
    (spec,) = contract_in(tmp_path / "tflite-fp32-b1").inputs
    assert spec.shape == (1, 12, 16, 3)
    assert contract_in(tmp_path / "tflite-int8").inputs[0].to_json()["size"] == [12, 16]


@pytest.mark.filterwarnings("ignore")
def test_a_variant_that_fails_for_want_of_a_size_says_so(unsized: Path, tmp_path: Path, printed_json: Printed) -> None:
    words = ["convert", str(unsized / "model.keras"), "tflite-fp32-b1", "tflite-fp32", "--out", str(tmp_path)]
    assert main([*words, "--json"]) == 1
    errors = [entry["error"] for entry in printed_json()["artifacts"]]
    assert ["or by --size HEIGHT WIDTH" in error for error in errors] == [True, True]


def test_a_model_is_opened_as_it_was_tuned(tuned: TunedModel) -> None:
    options = parser().parse_args(["debug", str(tuned.path), "artifact", "--data", "photos"])
    assert opened(options).contract == tuned.contract
    assert statements(options) == Statements()


def test_labels_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("cat\ndog\n\n")
    words = [
        "debug",
        "model",
        "artifact",
        "--data",
        "photos",
        "--range",
        "0",
        "1",
        "--size",
        "8",
        "6",
        "--trust",
        "sha256:0",
        "--signature",
        "serve",
        "--labels",
    ]
    options = parser().parse_args([*words, str(file)])
    expected = Statements(
        pixels=(0.0, 1.0), size=(8, 6), labels=("cat", "dog"), trusted=("sha256:0",), signature="serve"
    )
    assert statements(options) == expected
    options.labels = str(tmp_path / "nowhere")
    with pytest.raises(EdgekitError, match="cannot be read"):
        statements(options)


def test_an_inspected_file_shows_the_integers_at_its_edges(demo_run: Path, printed_json: Printed) -> None:
    assert main(["inspect", str(demo_run / "artifacts" / "tflite-int8full"), "--json"]) == 0
    document = printed_json()
    check_document(document, "inspection")
    (port,) = document["signatures"]["serving_default"]["inputs"].values()
    assert port["dtype"] in ("int8", "uint8")
    assert set(port["quantization"]) >= {"scale", "zero_point"}
