"""Operators that tests make, without a file."""

from __future__ import annotations

from typing import Any

from edgekit.formats.tflite.operators import Operator, Tensor


def tensor(*shape: int | None, dtype: str = "INT8", constant: bool = False, steps: Any = None) -> Tensor:
    """Return a tensor ``scope/x``."""
    return Tensor(name="scope/x;y", dtype=dtype, shape=shape, constant=constant, steps=steps)


def operator(
    *inputs: Tensor, out: Tensor | None = None, kind: str = "ADD", version: int = 1, **options: Any
) -> Operator:
    """Return the first operator of a file."""
    outputs = (out or tensor(1, 4),)
    return Operator(index=0, kind=kind, inputs=inputs, outputs=outputs, makers=(), options=options, version=version)
