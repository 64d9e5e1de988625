"""Moments: which inputs of a layer go together, as samples show it; what a rounding method decides by.

A layer multiplies rows of inputs ``x`` by its weights. The sum of ``x xᵀ`` over what it reads, half of the Hessian of
its squared output error, says what an error of one weight costs, and which others can make it good.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ConversionError
from edgekit.system.files import write_bytes

Floats = NDArray[np.floating]
LARGEST_PART = 1024
"""Inputs of a layer whose moments are held together; a layer with more of them is rounded in parts."""
POSITIONS = 256
"""Places of a convolution that are looked at in each sample."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """Where a convolution reads its inputs.

    Attributes:
        kernel: Height and width; 1 by 1 for products.
        strides: Along the height and the width.
        dilations: Along both.
        before: Rows above and columns left that padding adds.
        after: Rows below and columns right.
        groups: In how many groups the channels are; a depthwise convolution has one channel in each.
    """

    kernel: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    before: tuple[int, int] = (0, 0)
    after: tuple[int, int] = (0, 0)
    groups: int = 1

    def padded_for(self, sizes: Sequence[int]) -> Window:
        """Return it with the padding that gives ``ceil(size / stride)`` outputs along each axis, more of it after."""
        missing = [
            max(0, (-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size)
            for size, stride, kernel, dilation in zip(sizes, self.strides, self.kernel, self.dilations, strict=True)
        ]
        before = (missing[0] // 2, missing[1] // 2)
        return replace(self, before=before, after=(missing[0] - before[0], missing[1] - before[1]))

    def rows(self, values: Floats, generator: np.random.Generator) -> NDArray[np.float32]:
        """Return what some places of a layer's output read.

        Args:
            values: The layer's input, ``[samples, height, width, channels]``; of a product ``[..., channels]``.
            generator: Chooses the places.

        Returns:
            ``[places, groups, inputs]``, in a group first by channel, then by place in the kernel.
        """
        if values.ndim != 4:
            values = values.reshape(-1, 1, 1, values.shape[-1])
        padding = [(0, 0), *zip(self.before, self.after, strict=True), (0, 0)]
        padded = np.pad(values, padding) if any(map(any, padding)) else values
        reach = [(size - 1) * step + 1 for size, step in zip(self.kernel, self.dilations, strict=True)]
        counts = [
            max(0, (size - far) // step + 1)
            for size, far, step in zip(padded.shape[1:3], reach, self.strides, strict=True)
        ]
        total = padded.shape[0] * counts[0] * counts[1]
        chosen = np.arange(total) if total <= POSITIONS else generator.choice(total, POSITIONS, replace=False)
        sample, y, x = np.unravel_index(chosen, (padded.shape[0], *counts))
        down, right = (
            start[:, None] * step + np.arange(size) * dilation
            for start, step, size, dilation in zip((y, x), self.strides, self.kernel, self.dilations, strict=True)
        )
        patches = padded[sample[:, None, None], down[:, :, None], right[:, None, :]]  # places, height, width, channels
        by_group = patches.reshape(*patches.shape[:3], self.groups, -1)
        rows: NDArray[np.float32] = by_group.transpose(0, 3, 4, 1, 2).reshape(len(chosen), self.groups, -1)
        return rows


class Moments:
    """The second moments of the inputs of one layer, summed up sample by sample.

    Attributes:
        sums: ``[groups * parts, inputs, inputs]``: what a group's inputs multiply up to, in parts if they are many.
    """

    def __init__(self, sums: NDArray[np.float64] | None = None) -> None:
        self.sums = np.zeros((0, 0, 0)) if sums is None else sums

    def add(self, rows: NDArray[np.float32]) -> None:
        """Add ``[places, groups, inputs]``."""
        parts = in_parts(rows)
        products = parts.transpose(1, 2, 0) @ parts.transpose(1, 0, 2)
        if not self.sums.size:
            self.sums = np.zeros(products.shape)
        self.sums += products


class Rounding(Protocol):
    """What chooses the integers of a layer, `edgekit.adapters.rounding.RoundingMethod.rounded`."""

    def __call__(self, weights: Floats, scales: Floats, moments: Moments, *, limit: int) -> NDArray[np.int8]:
        """Return them."""
        ...


def in_parts(values: Floats) -> Floats:
    """Return ``[n, groups, inputs]`` as ``[n, groups * parts, inputs of a part]``, the last filled up with zeros."""
    count, groups, inputs = values.shape
    parts = -(-inputs // LARGEST_PART)
    size = -(-inputs // parts)
    filled = np.pad(values, ((0, 0), (0, 0), (0, parts * size - inputs)))
    return filled.reshape(count, groups * parts, size)


def save_moments(path: Path, moments: Mapping[str, Moments]) -> None:
    """Write the moments of layers by name.

    Raises:
        ConversionError: A layer read values that are not finite.
    """
    for name, layer in moments.items():
        if not (np.abs(layer.sums) < np.finfo(np.float32).max).all():
            raise ConversionError(f"calibration found NaN or infinite values in what layer {name!r} reads")
    file = io.BytesIO()
    sums = {f"m{number}": layer.sums.astype(np.float32) for number, layer in enumerate(moments.values())}
    np.savez(file, names=np.array(list(moments), str), **sums)  # type: ignore[arg-type]  # the stub takes a name for a flag
    write_bytes(path, file.getvalue())


def load_moments(path: Path) -> dict[str, Moments]:
    """Read what `save_moments` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return {str(name): Moments(arrays[f"m{number}"].astype(float)) for number, name in enumerate(arrays["names"])}
