"""Packing: a TFLite graph as the bytes of a file, with vectors that are equal written once."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.system.optional import require

FILE_IDENTIFIER = b"TFL3"
ALIGNMENT = 16
"""Of the bytes of a buffer, in bytes: ``force_align`` in the schema. The library for Python does not heed it."""


def pack(loaded: Any) -> bytes:
    """Return a ``ModelT`` as the bytes of a file.

    A flatbuffer may refer to one vector from many places. Weights with one scale per channel have as many zero points,
    64-bit zeros all of them, in each weight and each bias: of an int8 MobileNetV2 0.35, one byte in seven.
    """
    flatbuffers = require("flatbuffers", asked="changing a TFLite file", extra="convert")

    class Builder(flatbuffers.Builder):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(1024)
            self.written: dict[tuple[str, bytes], int] = {}

        def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802 - the name is the library's
            key = (x.dtype.str, hashlib.sha256(x.tobytes()).digest())
            if key not in self.written:
                if x.dtype == np.uint8:
                    self.Prep(ALIGNMENT, x.nbytes)
                self.written[key] = int(super().CreateNumpyVector(x))
            return self.written[key]

    builder = Builder()
    builder.Finish(loaded.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())
