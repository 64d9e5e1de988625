"""Shapes of tensors, the batch included."""

from __future__ import annotations

Shape = tuple[int | None, ...]
"""A tensor's shape, batch included; None where a size is free."""


def shown_shape(shape: Shape) -> str:
    """Return a shape as users read it, free sizes as ``?``."""
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
