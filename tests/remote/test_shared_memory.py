"""Arrays lie where both sides of a machine map them, and are sent where they do not fit there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.remote.shared_memory import ALIGNED, SharedMemory
from edgekit.remote.shim.arrays import unpacked
from edgekit.remote.shim.serve import Shared


class Side:
    """Both sides of shared memory in this process."""

    def __init__(self) -> None:
        self.memory, self.other, self.paths = SharedMemory(), Shared(), list[str]()

    def share(self, path: str) -> None:
        self.paths.append(path)
        self.other.open(path)

    def place(self, **values: Any) -> Any:
        return self.memory.placed(values, self.share)

    def arrays(self, **values: Any) -> dict[str, Any]:
        locations = self.place(**values)
        return {name: self.other.array(location) for name, location in locations.items()}


def test_arrays_of_any_type_lie_there_aligned() -> None:
    values = {
        "a": np.array([[1.5, np.nan]], np.float32),
        "b": np.array([True, False, True]),
        "c": np.arange(6, dtype=np.int64).reshape(2, 3).T,
    }
    side = Side()
    locations = side.place(**values)
    assert [location["offset"] % ALIGNED for location in locations.values()] == [0, 0, 0]
    for name, location in locations.items():
        np.testing.assert_array_equal(side.other.array(location), values[name])
    assert not Path(side.paths[0]).exists()


def test_it_grows_with_the_largest_batch_only() -> None:
    side = Side()
    small, large = np.zeros(8, np.float32), np.ones(100, np.float32)
    for values in (small, large, small, large):
        np.testing.assert_array_equal(side.arrays(x=values)["x"], values)
    assert len(side.paths) == 2
    side.memory.close()
    side.arrays(x=small)
    assert len(side.paths) == 3


def test_texts_and_nothing_are_sent_as_they_are() -> None:
    side = Side()
    locations = side.place(text=np.array([b"a"], object), empty=np.zeros((0, 2), np.float32))
    assert unpacked(locations["text"]).tolist() == [b"a"]
    assert unpacked(locations["empty"]).shape == (0, 2)
    assert side.paths == []
    assert side.place() == {}


def test_where_there_is_no_memory_arrays_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    side = Side()
    locations = side.place(x=np.ones(3, np.float32))
    assert "offset" not in locations["x"]
    assert unpacked(locations["x"]).tolist() == [1, 1, 1]
    assert side.paths == []


def test_a_refusal_of_the_other_side_is_not_passed_over() -> None:
    def refuse(path: str) -> None:
        raise RuntimeError("no such file there")

    with pytest.raises(RuntimeError, match="no such file there"):
        SharedMemory().placed({"x": np.ones(3, np.float32)}, refuse)
