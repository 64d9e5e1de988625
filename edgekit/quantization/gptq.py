"""Rounding: which integers stand for a layer's weights, so that its outputs change least.

Nearest rounding treats each weight alone. But a layer's inputs go together, neighbouring pixels above all, so that the
error of one weight can be made good by others. GPTQ (Frantar et al. 2022, https://arxiv.org/abs/2210.17323) rounds one
input's weights after the other, and spreads the error over those to come, by the inverse of the inputs' second moments;
it minimizes the expected squared error of the layer's output. It changes which integers are stored, nothing else: not
their scales, not the size, not the kernels.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ConversionError
from edgekit.system.files import write_bytes

Floats = NDArray[np.floating]
LARGEST_PART = 1024
"""Inputs of a layer whose moments are held together; a layer with more of them is rounded in parts."""
POSITIONS = 256
"""Places of a convolution that are looked at in each sample."""
BATCH = 128
AT_ONCE = 1 << 22
"""Numbers in each of the arrays that GPTQ works on, so that its memory does not grow with the layer."""
DAMPING = 0.01
"""Added to the moments' diagonal, as a share of its mean: GPTQ's own."""


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
        read = padded[sample[:, None, None], down[:, :, None], right[:, None, :]]  # places, height, width, channels
        by_group = read.reshape(*read.shape[:3], self.groups, -1)
        found: NDArray[np.float32] = by_group.transpose(0, 3, 4, 1, 2).reshape(len(chosen), self.groups, -1)
        return found


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
        found = parts.transpose(1, 2, 0) @ parts.transpose(1, 0, 2)
        if not self.sums.size:
            self.sums = np.zeros(found.shape)
        self.sums += found


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
    for name, each in moments.items():
        if not (np.abs(each.sums) < np.finfo(np.float32).max).all():
            raise ConversionError(f"calibration found NaN or infinite values in what layer {name!r} reads")
    file = io.BytesIO()
    sums = {f"m{place}": each.sums.astype(np.float32) for place, each in enumerate(moments.values())}
    np.savez(file, names=np.array(list(moments), str), **sums)  # type: ignore[arg-type]  # the stub takes a name for a flag
    write_bytes(path, file.getvalue())


def load_moments(path: Path) -> dict[str, Moments]:
    """Read what `save_moments` wrote."""
    with np.load(path, allow_pickle=False) as found:
        return {str(name): Moments(found[f"m{place}"].astype(float)) for place, name in enumerate(found["names"])}


def rounded(weights: Floats, scales: Floats, moments: Moments, *, limit: int) -> NDArray[np.int8]:
    """Return the integers that keep a layer's outputs best.

    A weight of zero stays zero, and one at the limit, which scales are made from, stays there. An output that GPTQ
    would make worse than nearest rounding does, on the inputs that were measured, is rounded to the nearest.

    Args:
        weights: ``[groups, outputs, inputs]`` as `Window.rows` orders them.
        scales: What one step of each weight is worth; of the same shape, or broadcast to it.
        moments: Those of the layer's inputs.
        limit: The largest integer; the smallest is its negative.

    Raises:
        ValueError: The moments are those of another layer.
    """
    groups, outputs, inputs = weights.shape
    exact, steps = (in_parts(values.transpose(1, 0, 2)) for values in (weights, np.broadcast_to(scales, weights.shape)))
    if moments.sums.shape[0] != exact.shape[1] or moments.sums.shape[1] != exact.shape[2]:
        raise ValueError(f"moments of {moments.sums.shape} do not go with weights of {weights.shape}")
    found = np.empty(exact.shape, np.int8)
    parts = max(1, AT_ONCE // exact.shape[2] ** 2)
    for first in range(0, exact.shape[1], parts):
        some = slice(first, first + parts)
        order, upper = _factors(moments.sums[some])
        rows = max(1, AT_ONCE // (upper.shape[0] * exact.shape[2]))
        for row in range(0, outputs, rows):
            block = (slice(row, row + rows), some)
            own = (exact[block].transpose(1, 0, 2).astype(float), steps[block].transpose(1, 0, 2).astype(float))
            found[block] = _best(*own, moments.sums[some], order, upper, limit).transpose(1, 0, 2)
    whole = found.reshape(outputs, groups, -1)[:, :, :inputs]
    return np.ascontiguousarray(whole.transpose(1, 0, 2))


def _best(
    exact: NDArray[np.float64], steps: NDArray[np.float64], moments: NDArray[np.float64],
    order: NDArray[np.intp], upper: NDArray[np.float64], limit: int,
) -> NDArray[np.float64]:  # fmt: skip
    """Return the integers of some parts and outputs, ``[parts, outputs, inputs]``."""
    steps[steps == 0] = 1.0  # where a part is filled up
    nearest = np.clip(np.rint(exact / steps), -limit, limit)
    spread = _spread(exact, steps, order, upper, limit)
    better = _error(spread * steps - exact, moments) <= _error(nearest * steps - exact, moments)
    return np.where(better[:, :, None], spread, nearest)


def _error(change: NDArray[np.float64], moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared error of each output, ``[parts, outputs]``."""
    return np.asarray(((change @ moments) * change).sum(axis=2))


def _factors(moments: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the order of the inputs, those with the most energy first, and how errors spread along it, by part."""
    order = np.argsort(-np.diagonal(moments, axis1=1, axis2=2), axis=1, kind="stable")
    ordered = np.take_along_axis(np.take_along_axis(moments, order[:, :, None], 1), order[:, None, :], 2)
    energy = np.diagonal(ordered, axis1=1, axis2=2).mean(axis=1)
    damped = (DAMPING * energy + np.finfo(np.float32).tiny)[:, None, None] * np.eye(moments.shape[1])
    return order, np.linalg.cholesky(np.linalg.inv(ordered + damped)).transpose(0, 2, 1)


def _spread(
    exact: NDArray[np.float64],
    steps: NDArray[np.float64],
    order: NDArray[np.intp],
    upper: NDArray[np.float64],
    limit: int,
) -> NDArray[np.float64]:
    """Return the integers by GPTQ, in the order of its ``act_order``.

    As in the paper, errors reach the inputs of a batch at once, and those behind it by one product.
    """
    count = exact.shape[2]
    left, sizes = (np.take_along_axis(values, order[:, None, :], 2) for values in (exact, steps))
    found = np.clip(np.rint(left / sizes), -limit, limit)
    stays = (left == 0) | (np.abs(found) == limit)
    for start in range(0, count, BATCH):
        end = min(start + BATCH, count)
        errors = np.zeros((*left.shape[:2], end - start))
        for place in range(start, end):
            integers = np.clip(np.rint(left[:, :, place] / sizes[:, :, place]), -limit, limit)
            found[:, :, place] = np.where(stays[:, :, place], found[:, :, place], integers)
            error = left[:, :, place] - found[:, :, place] * sizes[:, :, place]
            errors[:, :, place - start] = error / upper[:, None, place, place]
            left[:, :, place + 1 : end] -= errors[:, :, place - start, None] * upper[:, None, place, place + 1 : end]
        left[:, :, end:] -= errors @ upper[:, start:end, end:]
    made = np.empty_like(found)
    np.put_along_axis(made, order[:, None, :], found, 2)
    return made
