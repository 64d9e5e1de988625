"""An artifact is of a run if it lies where the run put it, under its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import WORK_FOLDER, run_of
from edgekit.recipe.variants import parse_variant


def artifact(folder: Path) -> Artifact:
    return Artifact(path=folder, file=folder / "model.tflite", format="tflite", variant=parse_variant("tflite-int8"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run" / WORK_FOLDER).mkdir(parents=True)
    return tmp_path / "run"


def test_an_artifact_of_a_run_finds_it(run: Path) -> None:
    assert run_of(artifact(run / "artifacts" / "tflite-int8")) == run


@pytest.mark.parametrize("place", ["artifacts/copy", "elsewhere/tflite-int8", "artifacts/deep/tflite-int8"])
def test_a_copy_is_of_none(run: Path, place: str) -> None:
    assert run_of(artifact(run / place)) is None


def test_a_folder_without_the_runs_work_is_none(run: Path) -> None:
    (run / WORK_FOLDER).rmdir()
    assert run_of(artifact(run / "artifacts" / "tflite-int8")) is None
