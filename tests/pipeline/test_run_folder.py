"""A run's folder has one run at a time; what a killed one left half-written is gone, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.errors import OutputError
from edgekit.models.run_layout import WORK_FOLDER
from edgekit.pipeline.run_folder import _only_run, _sweep
from edgekit.system.files import TEMPORARY_PREFIX


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
