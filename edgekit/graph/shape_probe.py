"""Probing: the shapes of what a front end makes, found by running it on made-up batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.shape import Shape
from edgekit.errors import ConversionError, FrontEndError
from edgekit.frontend import Port, Program
from edgekit.frontend.ragged import BAG_OP

PROBE_BATCHES = (2, 3)
"""Two sizes, neither of which is 1: a size of 1 is broadcast, and says nothing."""


VALUE_DEPENDENT_OPS = ("Where", "Unique", "RaggedTensorToTensor", "StringSplitV2", "StringSplit", BAG_OP)
"""Ops that make as many elements as their input's values say: a made-up batch tells nothing of their sizes."""


def with_probed_shapes(program: Program) -> Program:
    """Fill in the shapes that TensorFlow leaves open, by running the program on made-up batches of two sizes.

    A free size that is the same for both is fixed, if the sizes of all inputs are and no op's shape depends on
    values; a tensor of unknown rank gets the rank that it has.
    """
    probes = [_probe(program, batch) for batch in PROBE_BATCHES]
    fixed = all(None not in port.shape[1:] and port.dtype != "string" for port in program.inputs) and not any(
        node.op in VALUE_DEPENDENT_OPS for node in program.nodes
    )

    def shape(port: Port) -> Shape:
        shapes = [np.shape(values[port.name]) for values in probes]
        declared = port.shape or (None,) * len(shapes[0])
        if len(declared) != len(shapes[0]):
            raise ConversionError(f"the front end gives {port.name!r} rank {len(shapes[0])}, the graph says {declared}")
        measured = [first if fixed and first == second else None for first, second in zip(*shapes, strict=True)]
        return tuple(free if size is None else size for size, free in zip(declared, measured, strict=True))

    return replace(program, outputs=tuple(replace(port, shape=shape(port)) for port in program.outputs))


def _probe(program: Program, batch: int) -> dict[str, NDArray[Any]]:
    def values(port: Port) -> NDArray[Any]:
        shape = [batch if axis == 0 else size or 4 for axis, size in enumerate(port.shape)]
        if port.dtype == "string":
            return np.full(shape, b"a good word", object)
        return np.full(shape, 1 if np.dtype(port.dtype).kind in "iu" else 0.25, port.dtype)

    try:
        return program.run({port.name: values(port) for port in program.inputs})
    except FrontEndError as error:
        raise ConversionError(f"the front end does not run on a made-up batch of {batch}: {error}") from error
