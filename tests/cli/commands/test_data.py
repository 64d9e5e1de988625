"""Data with broken files: refused by name, or read without them where that is asked for."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgekit.cli.commands.data import data_of
from edgekit.data.arrays import ArraySamples
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of two photos each, one of which is broken."""
    for name in ("a/1.png", "a/2.png", "b/3.png", "b/4.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "b" / "3.png").write_bytes(b"broken")
    return tmp_path


def options(data: Path | None, *, skip_bad: bool) -> argparse.Namespace:
    return argparse.Namespace(data=None if data is None else str(data), skip_bad=skip_bad)


def test_broken_files_are_left_out_and_named(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = data_of(options(photos, skip_bad=True))
    assert isinstance(samples, TableSamples)
    assert (samples.names, samples.labels) == (("a/1.png", "a/2.png", "b/4.png"), (0, 0, 1))
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: left out: ")]
    assert len(warnings) == 1
    assert "b/3.png: not an image" in warnings[0]
    assert "skip_bad" not in warnings[0]  # it is done


def test_without_being_asked_nothing_is_left_out(photos: Path) -> None:
    assert data_of(options(photos, skip_bad=False)) == str(photos)
    assert data_of(options(None, skip_bad=True)) is None


def test_arrays_have_no_files_and_nothing_that_can_be_read_is_refused(photos: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((3, 2)))
    arrays = data_of(options(tmp_path / "x.npz", skip_bad=True))
    assert isinstance(arrays, ArraySamples)
    assert len(arrays) == 3
    for file in photos.rglob("*.png"):
        file.write_bytes(b"broken")
    with pytest.raises(DataError, match="none of the 4 samples can be read"):
        data_of(options(photos, skip_bad=True))
