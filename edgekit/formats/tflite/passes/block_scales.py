"""Scales of blocks: none may be zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.formats.tflite.graph import block_scales, constant_values, weighted_operators


def fill_block_scales(loaded: Any) -> None:
    """Give blocks whose weights are all zero the smallest scale there is: LiteRT 2.3 refuses a scale of zero."""
    for _, _, tensor in weighted_operators(loaded):
        scales = block_scales(loaded, tensor)
        values = None if scales is None else constant_values(loaded, scales)
        if values is not None and (values == 0).any():
            filled = np.where(values == 0, np.finfo(values.dtype).tiny, values).astype(values.dtype)
            loaded.buffers[scales.buffer].data = filled.view(np.uint8).ravel()
