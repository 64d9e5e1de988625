"""What a device has answered is kept here until all is: a lost connection costs only what it was asked last.

CACHE/device-answers/<key>/<first sample>.npz
"""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ReachError
from edgekit.system.cache import cache_folder
from edgekit.system.digests import Digest
from edgekit.system.files import make_folder, write_bytes

Batch = dict[str, NDArray[Any]]


class KeptAnswers:
    """Answers of a device to parts of some samples.

    Args:
        key: Tells apart all that an answer depends on; None: nothing is kept, as on this machine.
        count: Number of samples that there are.
    """

    def __init__(self, key: Digest | None, count: int) -> None:
        self.folder: Path | None = None
        self.count, self.done = count, 0
        if key is not None:
            self.folder = cache_folder() / "device-answers" / key.short(32)

    def get(self, start: int) -> Batch | None:
        """Return the answers from a sample on, if an earlier run got them."""
        if self.folder is None or not (file := self.folder / f"{start}.npz").is_file():
            return None
        try:
            with np.load(file, allow_pickle=False) as found:
                return dict(found)
        except (OSError, ValueError):  # damaged: it is asked again
            return None

    def keep(self, start: int, found: Batch) -> None:
        """Keep the answers from a sample on; strings are asked again."""
        self.done += len(next(iter(found.values())))
        if self.folder is None or any(values.dtype.kind == "O" for values in found.values()):
            return
        made = io.BytesIO()
        np.savez(made, allow_pickle=False, **found)
        make_folder(self.folder)
        write_bytes(self.folder / f"{start}.npz", made.getvalue())

    @contextlib.contextmanager
    def resumable(self) -> Iterator[None]:
        """Forget the answers when all are there; where the device is lost before, say what is kept.

        Raises:
            ReachError: The device is lost.
        """
        try:
            yield
        except ReachError as error:
            if self.folder is not None and self.done:
                error.advise(f"{self.done} of {self.count} samples are answered; the same command goes on from there")
            raise
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
