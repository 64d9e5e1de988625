"""A run's folder has one run at a time; what a killed one left half-written is gone, and nothing else."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgekit.errors import ModuleError, OutputError
from edgekit.models.run_layout import WORK_FOLDER
from edgekit.pipeline import run_folder
from edgekit.pipeline.run_folder import Original, _only_run, _sweep, open_run
from edgekit.recipe.reader import parse_recipe
from edgekit.recipe.recipe import Recipe
from edgekit.system.files import TEMPORARY_PREFIX
from edgekit.system.optional import tensorflow


def test_a_second_run_is_refused_and_a_later_one_is_not(tmp_path: Path) -> None:
    refused = pytest.raises(OutputError, match="another run is working")
    with _only_run(tmp_path, tmp_path), refused as error, _only_run(tmp_path, tmp_path):
        pytest.fail("two runs hold one folder")
    assert error.value.path == tmp_path
    with _only_run(tmp_path, tmp_path):
        pass


def test_a_run_that_failed_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), _only_run(tmp_path, tmp_path):
        raise ValueError("broken")
    with _only_run(tmp_path, tmp_path):
        pass


def test_only_what_is_half_written_is_swept(tmp_path: Path) -> None:
    folders = [tmp_path, tmp_path / WORK_FOLDER, tmp_path / "artifacts"]
    for folder in folders:
        (folder / f"{TEMPORARY_PREFIX}folder").mkdir(parents=True)
        (folder / f"{TEMPORARY_PREFIX}file").write_text("half")
        (folder / "finished").write_text("whole")
    _sweep(tmp_path)
    assert not list(tmp_path.rglob(f"{TEMPORARY_PREFIX}*"))
    assert [(folder / "finished").read_text() for folder in folders] == ["whole"] * 3


def finished_recipe(folder: Path, keys: str = "") -> Recipe:
    """A recipe of a finished Keras model of two classes without names, and photos in two folders."""
    keras = tensorflow().keras
    photo = keras.Input([4, 4, 3], name="photo")
    scores = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(photo))
    keras.Model(photo, scores).save(folder / "model.keras")
    for number, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3), dtype=np.uint8)):
        file = folder / "photos" / ("cat", "dog")[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
    text = f'name = "x"\nmodel = "model.keras"\n{keys}\n[data]\ntrain = "photos"\nvalidation = 0.5\n'
    return parse_recipe(tomllib.loads(text + "[inputs.photo]\nrange = [0.0, 1.0]\n"), base=folder)


def original_of(recipe: Recipe, out: Path) -> Original:
    with open_run(recipe, out, shows=False) as (folder, split):
        return folder.original(split)


@pytest.mark.filterwarnings("ignore")
def test_names_of_class_folders_become_labels_of_a_model_that_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = finished_recipe(tmp_path)
    model = original_of(recipe, tmp_path / "out").model
    assert model.contract.outputs[0].labels == ("cat", "dog")
    assert "in the order of the alphabet (cat, dog)" in " ".join(capsys.readouterr().err.split())
    kept = (tmp_path / "out" / "model" / "saved_model.pb").stat().st_mtime_ns
    assert original_of(recipe, tmp_path / "out").model.digest() == model.digest()
    assert (tmp_path / "out" / "model" / "saved_model.pb").stat().st_mtime_ns == kept  # it was not made again
    capsys.readouterr()
    named = dataclasses.replace(recipe, labels=("dog", "cat"))
    assert original_of(named, tmp_path / "out").model.contract.outputs[0].labels == ("dog", "cat")
    assert "alphabet" not in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore")
def test_a_range_that_is_not_known_is_said_before_all_photos_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(*_: object) -> None:
        pytest.fail("all photos were read")

    monkeypatch.setattr(run_folder, "prepare", prepare)
    recipe = dataclasses.replace(finished_recipe(tmp_path), inputs=())
    with pytest.raises(ModuleError, match="range of values that input 'photo' expects is not known"):
        original_of(recipe, tmp_path / "out")
