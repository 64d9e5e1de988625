"""Arrays for a process of this machine: written to memory that both map, so that no pipe has to carry them."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.remote.shim.arrays import Message, packed

Sharer = Callable[[str], Any]
"""Asks the other side to map a file into its memory; raises what a device's refusal raises."""

MEMORY = Path("/dev/shm")  # noqa: S108 - files of random names, gone from the folder once both sides have them
ALIGNED = 64
"""Bytes that arrays begin at a multiple of: some interpreters read them where they lie."""


class SharedMemory:
    """Memory that grows with the largest batch."""

    def __init__(self) -> None:
        self._memory: mmap.mmap | None = None

    def placed(self, values: Mapping[str, NDArray[Any]], share: Sharer) -> Message:
        """Write arrays, and return where each lies; strings, and what finds no memory, are sent as they are."""
        numbers = {name: value for name, value in values.items() if value.dtype.kind not in "OSU" and value.size}
        size = sum(_room(value) for value in numbers.values())
        if (self._memory is None or len(self._memory) < size) and not (size and self._grow(size, share)):
            numbers = {}
        locations, offset = {name: packed(value) for name, value in values.items() if name not in numbers}, 0
        for name, value in numbers.items():
            assert self._memory is not None, "made above"
            target = np.frombuffer(self._memory, value.dtype, value.size, offset)
            np.copyto(target.reshape(value.shape), value)
            locations[name] = {"dtype": value.dtype.name, "shape": list(value.shape), "offset": offset}
            offset += _room(value)
        return locations

    def _grow(self, size: int, share: Sharer) -> bool:
        """Map more memory on both sides; False: there is none."""
        for folder in (MEMORY, None):
            try:
                descriptor, path = tempfile.mkstemp(prefix="edgekit-", dir=folder)
            except OSError:
                continue
            try:
                os.posix_fallocate(descriptor, 0, size)  # what is not there would end this process when it is written
                memory = mmap.mmap(descriptor, size)
                share(path)
                self._memory = memory
                return True
            except OSError:
                continue
            finally:
                os.close(descriptor)
                Path(path).unlink()
        return False

    def close(self) -> None:
        """Let the memory go; arrays that still lie in it keep it."""
        self._memory = None


def _room(value: NDArray[Any]) -> int:
    return -(-value.nbytes // ALIGNED) * ALIGNED
