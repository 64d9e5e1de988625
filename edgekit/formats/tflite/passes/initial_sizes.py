"""Initial sizes: what a file of free sizes begins with, which every runtime allocates before anyone resizes an input.

TensorFlow's converter writes a size of 1 where one is free. Of a photo of one pixel a convolution without padding has
nothing to answer, so that such a file would not even load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgekit.contract.shape import Shape
from edgekit.formats.tflite.passes.fixed_sizes import input_tensors


def set_initial_sizes(loaded: Any, shapes: Mapping[str, Shape]) -> bool:
    """Begin with the sizes that are known of inputs which leave them free; they stay free.

    Args:
        loaded: A ``ModelT``.
        shapes: The shape of each input, by its name in the signature; None where nothing is known of a size.

    Returns:
        Whether anything changed.
    """
    tensors, changed = loaded.subgraphs[0].tensors, False
    for name, index in input_tensors(loaded).items():
        tensor, shape = tensors[index], shapes[name]
        if tensor.shapeSignature is None or len(tensor.shapeSignature) != len(shape):
            continue
        sizes = [
            known if free == -1 and known is not None else own
            for own, free, known in zip(tensor.shape, tensor.shapeSignature, shape, strict=True)
        ]
        changed = changed or sizes != list(tensor.shape)
        tensor.shape = np.asarray(sizes, np.int32)
    return changed
