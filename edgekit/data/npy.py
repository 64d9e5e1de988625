"""Arrays on disk that are read row by row, so that memory stays flat however many samples there are."""

from __future__ import annotations

import math
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edgekit.errors import DataError
from edgekit.system.files import TEMPORARY_PREFIX

_LOCAL_HEADER = 30  # bytes of a zip entry's local header before its name (APPNOTE 4.3.7)


class Rows(Struct, frozen=True, kw_only=True):
    """An array ``[n, ...]`` in a file, read by plain reads: mapped pages would count as memory in use.

    Attributes:
        path: The file.
        offset: Where the first row starts, in bytes.
        shape: The whole shape, rows first.
        dtype: NumPy's name of the element type, byte order included.
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: str

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows ``start`` to ``stop`` as a new array.

        Raises:
            DataError: The file ends before them.
        """
        dtype, width = np.dtype(self.dtype), math.prod(self.shape[1:])
        row_bytes = width * dtype.itemsize
        # Before memory is taken for them: a header may promise any number.
        if self.offset + stop * row_bytes > self.path.stat().st_size:
            raise DataError(f"{self.path} is truncated: row {stop - 1} of {len(self)} is not in it")
        flat = np.fromfile(self.path, dtype, count=(stop - start) * width, offset=self.offset + start * row_bytes)
        return flat.reshape(stop - start, *self.shape[1:])


def open_npy(path: Path, *, offset: int = 0) -> Rows:
    """Read the header of an array in NumPy's ``.npy`` format that starts at ``offset`` in a file.

    Raises:
        DataError: It is not one, holds Python objects, or is not in C order.
    """
    from numpy.lib import format as npy  # heavy

    try:
        with path.open("rb") as file:
            file.seek(offset)
            version = npy.read_magic(file)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = read_header(file)
            start = file.tell()
    except (OSError, ValueError) as error:
        raise DataError(f"{path} holds no array in .npy format: {error}") from error
    if dtype.hasobject:
        raise DataError(f"{path} holds Python objects, which are not loaded: save arrays of numbers")
    if any(size < 0 for size in shape):
        raise DataError(f"{path} is damaged: its array has the shape {list(shape)}")
    if fortran or not shape:
        raise DataError(
            f"{path}: the array has to have samples on its first axis, and be in C order (numpy.ascontiguousarray)"
        )
    return Rows(path=path, offset=start, shape=tuple(int(size) for size in shape), dtype=dtype.str)


def save_rows(path: Path, array: NDArray[Any]) -> Rows:
    """Save an array that is in memory, to be read by rows."""
    np.save(path, np.ascontiguousarray(array), allow_pickle=False)
    return open_npy(path)


def as_bytes(array: NDArray[Any]) -> NDArray[Any]:
    """Return strings in objects as NumPy's own bytes, UTF-8; what else is in objects stays, to be refused."""
    values = array.reshape(-1).tolist() if array.dtype.kind in "OU" else []
    if not values or not all(isinstance(value, str | bytes) for value in values):
        return array
    encoded = [value.encode("utf-8") if isinstance(value, str) else value for value in values]
    return np.array(encoded, "S").reshape(array.shape)


class RowWriter:
    """Writes an ``.npy`` file of a known shape batch by batch; it appears under its name when it is closed."""

    def __init__(self, path: Path, *, shape: tuple[int, ...], dtype: str) -> None:
        from numpy.lib import format as npy  # heavy

        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype)
        self._temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}")
        self._file = self._temporary.open("wb")
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(self._file, header)

    def append(self, rows: NDArray[Any]) -> None:
        """Write the next rows; their shape has to fit."""
        if rows.shape[1:] != self.shape[1:]:
            raise DataError(f"{self.path}: rows of shape {rows.shape[1:]} in an array of {self.shape}")
        self._file.write(np.ascontiguousarray(rows, self.dtype).tobytes())

    def close(self) -> Rows:
        """Finish the file and open it for reading."""
        self._file.close()
        self._temporary.replace(self.path)
        return open_npy(self.path)


def open_npz(path: Path, *, scratch: Path) -> dict[str, Rows]:
    """Open the arrays of an ``.npz`` file by name.

    Arrays that ``np.savez`` stored are read in place; compressed ones are unpacked into the folder ``scratch`` first.

    Raises:
        DataError: It is not an ``.npz`` file, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            return {info.filename[:-4]: _open_member(path, archive, info, scratch, i) for i, info in enumerate(members)}
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not an .npz file that can be read: {error}") from error


def _open_member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, scratch: Path, number: int) -> Rows:
    if info.compress_type == zipfile.ZIP_STORED:
        with path.open("rb") as file:
            file.seek(info.header_offset)
            header = file.read(_LOCAL_HEADER)
        name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
        return open_npy(path, offset=info.header_offset + _LOCAL_HEADER + name + extra)
    target = scratch / f"{number}.npy"  # the member's own name comes from outside
    with archive.open(info) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    return open_npy(target)


def common_length(rows: Sequence[Rows], names: Sequence[str]) -> int:
    """Return the number of rows that all have.

    Raises:
        DataError: They differ, or there is none.
    """
    lengths = {len(item) for item in rows}
    if len(lengths) != 1 or lengths == {0}:
        sizes = ", ".join(f"{name}: {len(item)}" for name, item in zip(names, rows, strict=True))
        raise DataError(f"the arrays have to hold the same number of samples, at least one ({sizes or 'no arrays'})")
    return lengths.pop()
