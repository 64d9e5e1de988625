"""Samples that trained or calibrated do not judge, and nothing of the user's is overwritten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.conversion.conversion import convert
from edgekit.data.leakage import load_seen
from edgekit.data.loading import load_samples
from edgekit.errors import DataError, OutputError, SessionError
from edgekit.evaluation.parity import parity
from edgekit.inference.sessions import open_session
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe


def test_what_trained_or_calibrated_is_left_out(tuned: TunedModel, digits: Path, tmp_path: Path) -> None:
    trained = load_seen(tuned.path)
    assert trained
    artifact = convert(tuned, "tflite-int8", data=digits, out=tmp_path)
    assert len(artifact.calibrated_on) == 100
    report = parity(tuned, artifact, data=digits)
    total = len(load_samples(digits))
    assert report.to_json()["left_out"] >= len(trained)
    assert report.to_json()["samples"] == total - report.to_json()["left_out"]
    assert "samples were left out" in report.to_json()["warnings"][0]


def test_if_all_of_them_did_a_warning_says_so(tuned: TunedModel, digits: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    for label in ("four", "five"):
        (few / label).mkdir(parents=True)
        for file in sorted((digits / label).iterdir())[:5]:
            (few / label / file.name).write_bytes(file.read_bytes())
    artifact = convert(tuned, "tflite-int8", data=few, out=tmp_path / "out")
    report = parity(tuned, artifact, data=few)
    assert (report.to_json()["samples"], report.to_json()["left_out"]) == (10, 0)
    assert "all 10 samples trained the model or calibrated" in report.to_json()["warnings"][0]


def test_an_original_that_only_guesses_is_noticed(tuned: TunedModel, demo_run: Path) -> None:
    """Labels in another order: both sides are equally wrong, so there is no drop, and a warning."""
    generator = np.random.default_rng(0)
    photos = generator.integers(0, 256, [60, 32, 32, 3]).astype(np.uint8)
    data = {tuned.contract.inputs[0].name: photos, "label": generator.integers(0, 10, 60)}
    report = parity(tuned, demo_run / "artifacts" / "tflite-fp32", data=data)
    assert any("may be guessing" in warning for warning in report.to_json()["warnings"])


@pytest.mark.parametrize("place", ["model", "artifacts/tflite-fp32"])
def test_files_of_others_are_not_replaced(place: str, demo_run: Path, tmp_path: Path) -> None:
    precious = tmp_path / place / "thesis.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("years of work")
    with pytest.raises(OutputError, match="holds files that are not edgekit's"):
        run(load_recipe(demo_run / "source" / "digits.toml"), tmp_path)
    assert precious.read_text() == "years of work"


def test_convert_leaves_files_of_others_alone(tuned: TunedModel, tmp_path: Path) -> None:
    (tmp_path / "tflite-fp32").mkdir()
    (tmp_path / "tflite-fp32" / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match=r"there is no artifact\.json"):
        convert(tuned, "tflite-fp32", out=tmp_path)
    assert (tmp_path / "tflite-fp32" / "thesis.txt").exists()


def test_a_misspelt_array_is_not_ignored(tuned: TunedModel, demo_run: Path) -> None:
    name = tuned.contract.inputs[0].name
    data = {name: np.zeros([4, 32, 32, 3], np.uint8), "labels": np.zeros(4, np.int64)}
    with pytest.raises(DataError, match=r"one class for each sample is called label"):
        parity(tuned, demo_run / "artifacts" / "tflite-fp32", data=data)


def test_nan_in_the_samples_is_bad_input(tuned: TunedModel, demo_run: Path) -> None:
    values = np.zeros([4, 32, 32, 3], np.float32)
    values[2, 0, 0, 0] = np.nan
    with pytest.raises(DataError, match="sample 'row 2' has NaN"):
        parity(tuned, demo_run / "artifacts" / "tflite-fp32", data={tuned.contract.inputs[0].name: values})


def test_a_session_refuses_raw_pixels_and_lists(demo_run: Path) -> None:
    with open_session(demo_run / "artifacts" / "tflite-fp32") as session:
        name = session.contract.inputs[0].name
        with pytest.raises(SessionError, match=r"is uint8, the model takes float32 in the range \[0\.0, 1\.0\]"):
            session.run(**{name: np.zeros([1, 32, 32, 3], np.uint8)})
        with pytest.raises(SessionError, match="is a list, the model takes an array"):
            session.run(**{name: [1, 2]})  # type: ignore[arg-type]


def test_a_model_in_the_cache(tuned: TunedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder to put it, a finished model is kept in the cache, for commands such as convert."""
    from edgekit.system.optional import tensorflow

    monkeypatch.setenv("EDGEKIT_CACHE", str(tmp_path / "cache"))
    keras = tensorflow().keras
    keras.Sequential([keras.Input([2]), keras.layers.Dense(3)]).save(tmp_path / "m.keras")
    assert load_model(tmp_path / "m.keras").path.is_relative_to(tmp_path / "cache")
    assert main(["convert", str(tmp_path / "m.keras"), "tflite-fp32", "--out", str(tmp_path / "out")]) == 0
