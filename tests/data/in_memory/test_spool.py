"""Rows of unknown number are on disk as they came, and neither without end nor of two shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.data.in_memory.spool import Spool
from edgekit.data.npy import as_bytes
from edgekit.errors import DataError


def test_batches_are_rows(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for start in (0, 3):
        spool.append("a", np.arange(start * 2, start * 2 + 6, dtype=np.int16).reshape(3, 2))
        spool.append("t", np.array(["x", "größer", "z"], object))
    rows = spool.close()
    assert rows["a"].read(2, 5).tolist() == [[4, 5], [6, 7], [8, 9]]
    assert rows["t"].read(0, 6).tolist()[4].decode() == "größer"


@pytest.mark.parametrize("batch", [np.zeros([3, 3], np.int16), np.zeros([3, 2], np.int32)])
def test_another_shape_or_dtype_is_refused(tmp_path: Path, batch: np.ndarray) -> None:
    spool = Spool(tmp_path)
    spool.append("a", np.zeros([3, 2], np.int16))
    with pytest.raises(DataError, match=r"yields int(16|32) \[[23]\] after int16 \[2\]"):
        spool.append("a", batch)


def test_what_has_no_end_is_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=100)
    spool.append("a", np.zeros([100], np.uint8))
    with pytest.raises(DataError, match="has no end"):
        spool.append("a", np.zeros([1], np.uint8))


def test_strings_become_bytes_and_other_objects_stay() -> None:
    assert as_bytes(np.array(["é"], object)).tolist() == ["é".encode()]
    assert as_bytes(np.array([None], object)).dtype == object
