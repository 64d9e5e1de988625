"""Arrays on disk, row by row: what is written is read, and a file that promises more than it holds is refused."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.data.npy import Rows, RowWriter, common_length, open_npy, open_npz, save_rows
from edgekit.errors import DataError

VALUES = np.arange(24, dtype=np.float32).reshape(6, 4)


@pytest.mark.parametrize("array", [VALUES, VALUES[:1], VALUES[:0], np.full((2, 1), np.nan), np.array([b"a", b"bc"])])
def test_what_is_saved_is_read_back(array: NDArray[Any], tmp_path: Path) -> None:
    rows = save_rows(tmp_path / "x.npy", array)
    assert (len(rows), rows.shape) == (len(array), array.shape)
    np.testing.assert_array_equal(rows.read(0, len(rows)), array)


def test_only_the_rows_that_are_asked_for_are_read(tmp_path: Path) -> None:
    rows = save_rows(tmp_path / "x.npy", VALUES[:, ::2])  # of no C order itself
    np.testing.assert_array_equal(rows.read(2, 4), VALUES[2:4, ::2])
    assert rows.read(3, 3).shape == (0, 2)


def test_a_truncated_file_is_noticed_at_the_row_that_lacks(tmp_path: Path) -> None:
    rows = save_rows(tmp_path / "x.npy", VALUES)
    content = rows.path.read_bytes()
    rows.path.write_bytes(content[:-1])
    np.testing.assert_array_equal(rows.read(0, 5), VALUES[:5])
    with pytest.raises(DataError, match=r"x\.npy is truncated: row 5 of 6"):
        rows.read(4, 6)


def header(shape: str) -> bytes:
    """The header of an array of floats, as NumPy's format 1.0 has it."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def test_a_header_that_promises_the_moon_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(header("(2, 10000000000000)") + bytes(8))
    with pytest.raises(DataError, match="is truncated"):
        open_npy(tmp_path / "x.npy").read(0, 1)
    (tmp_path / "x.npy").write_bytes(header("(2, 1)") + bytes(8))
    assert open_npy(tmp_path / "x.npy").read(0, 2).tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no array in .npy format"),
        (b"no array at all", "no array in .npy format"),
        (header("(2, 1)")[:30], "no array in .npy format"),
        (header("(-2, 1)"), r"is damaged: its array has the shape \[-2, 1\]"),
        (header("()"), "samples on its first axis"),
        (header("(2, 1)").replace(b"False", b"True "), "C order"),
        (header("(2, 1)").replace(b"'<f4'", b"'|O' "), "Python objects"),
    ],
)
def test_what_is_no_array_of_samples_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(DataError, match=message):
        open_npy(tmp_path / "x.npy")


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    writer = RowWriter(tmp_path / "x.npy", shape=(6, 4), dtype="float32")
    writer.append(VALUES[:2])
    assert not (tmp_path / "x.npy").exists()
    with pytest.raises(DataError, match=r"rows of shape \(3,\)"):
        writer.append(VALUES[:2, :3])
    writer.append(VALUES[2:])
    np.testing.assert_array_equal(writer.close().read(0, 6), VALUES)
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_of_an_archive_are_read_by_name(compressed: bool, tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"a": VALUES, "b": VALUES[:, :1] + 1}
    (np.savez_compressed if compressed else np.savez)(tmp_path / "x.npz", **arrays)
    (tmp_path / "scratch").mkdir()
    rows = open_npz(tmp_path / "x.npz", scratch=tmp_path / "scratch")
    assert list(rows) == ["a", "b"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(rows[name].read(1, 5), array[1:5])
    assert len(list((tmp_path / "scratch").iterdir())) == (2 if compressed else 0)


def test_a_members_name_leads_nowhere(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", VALUES)
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.npy", (tmp_path / "x.npy").read_bytes())
        archive.writestr("note.txt", "no array")
    (tmp_path / "a" / "scratch").mkdir(parents=True)
    rows = open_npz(tmp_path / "x.npz", scratch=tmp_path / "a" / "scratch")
    assert list(rows) == ["../../outside"]
    assert rows["../../outside"].path.parent == tmp_path / "a" / "scratch"


def rows_of(length: int) -> Rows:
    return Rows(path=Path("x.npy"), offset=0, shape=(length, 2), dtype="<f4")


def test_all_arrays_have_as_many_samples() -> None:
    assert common_length([rows_of(3), rows_of(3)], ["a", "b"]) == 3


@pytest.mark.parametrize(("lengths", "message"), [([3, 4], "a: 3, b: 4"), ([0, 0], "a: 0, b: 0"), ([], "no arrays")])
def test_arrays_of_other_lengths_and_none_are_refused(lengths: list[int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        common_length([rows_of(length) for length in lengths], ["a", "b"][: len(lengths)])
