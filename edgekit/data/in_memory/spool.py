"""Rows that come in batches, how many nobody knows, on their way to disk, where samples are read from."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.data.npy import Rows, as_bytes, save_rows
from edgekit.errors import DataError

LIMIT = 16 << 30
"""Bytes that are written at most: a data set that repeats has no end."""


class Spool:
    """Writes arrays by name, batch by batch.

    Args:
        folder: Where they go.
        limit: Bytes that are written at most.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self._folder, self._room = folder, limit
        self._numbers: dict[str, tuple[IO[bytes], NDArray[Any]]] = {}
        self._texts: dict[str, list[NDArray[Any]]] = {}

    def append(self, name: str, batch: NDArray[Any]) -> None:
        """Add rows ``[n, ...]`` of an array.

        Raises:
            DataError: They have another shape or dtype than those before; or there are more than the limit.
        """
        if batch.dtype.kind in "OSU":
            self._texts.setdefault(name, []).append(batch.astype(object))
            return
        file, first = self._numbers.setdefault(name, (self._opened(name), batch))
        if batch.shape[1:] != first.shape[1:] or batch.dtype != first.dtype:
            raise DataError(
                f"the data yields {_shown(batch)} after {_shown(first)}: all samples have to have one shape and dtype; "
                f"resize or pad them"
            )
        self._room -= batch.nbytes
        if self._room < 0:
            raise DataError("the data has no end, or is too large to be kept on disk: take a number of it")
        file.write(np.ascontiguousarray(batch).tobytes())

    def _opened(self, name: str) -> IO[bytes]:
        if name in self._numbers:
            return self._numbers[name][0]
        return (self._folder / f"{len(self._numbers)}.rows").open("wb")

    def close(self) -> dict[str, Rows]:
        """Return the arrays, to be read by rows."""
        rows = {}
        for name, (file, first) in self._numbers.items():
            file.close()
            path = Path(file.name)
            size = max(first[:1].nbytes, 1)
            rows[name] = Rows(
                path=path,
                offset=0,
                shape=(path.stat().st_size // size, *first.shape[1:]),
                dtype=first.dtype.str,
            )
        for number, (name, batches) in enumerate(self._texts.items()):
            rows[name] = save_rows(self._folder / f"texts-{number}.npy", as_bytes(np.concatenate(batches)))
        return rows


def _shown(batch: NDArray[Any]) -> str:
    return f"{batch.dtype} {list(batch.shape[1:])}"
