"""Masks: which weights become zero, those of the least importance in all layers together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edgekit.recipe.variants import Sparsity

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
INPUT_AXIS = -2
"""The axis of the channels that go in, in TensorFlow's kernels; in TFLite's files it is the innermost."""
LEAST_KEPT = 0.1
"""The part of its even share of weights that each layer keeps at least: none falls silent."""


def masks_of(scores: Mapping[str, Array], sparsity: Sparsity, share: float | None = None) -> dict[str, Mask]:
    """Return which weights stay, for each kernel in its shape.

    A share is of all kernels' weights together: layers that need more of theirs keep more. Of a pattern, each group of
    ``of`` neighbours loses its ``zeros`` least important. Neighbours lie along the channels that go in; what is left
    where such an axis does not divide stays.

    Args:
        scores: The importance of each weight by kernel, comparable between kernels.
        sparsity: How many, and in which form.
        share: In place of the sparsity's own share, while a schedule is on its way to it.
    """
    target_share = sparsity.share if share is None else share
    rows = {name: np.moveaxis(score, INPUT_AXIS, -1) for name, score in scores.items()}
    if sparsity.of is not None:
        zeros = round(target_share * sparsity.of)
        keep = {name: _keep_of_groups(row, sparsity.of, zeros) for name, row in rows.items()}
    else:
        keep = _keep_share(rows, sparsity.block, target_share)
    return {name: np.ascontiguousarray(np.moveaxis(mask, -1, INPUT_AXIS)) for name, mask in keep.items()}


def layer_adaptive_scores(weights: Array) -> Array:
    """Return scores of one kernel's weights, comparable between kernels, where no samples tell their importance.

    A weight's square over the sum of squares of those of its kernel that are not smaller (Lee et al. 2021, "Layer-
    adaptive sparsity for the magnitude-based pruning", equation 5).
    """
    squares = np.square(weights, dtype=np.float64).ravel()
    order = np.argsort(squares, kind="stable")
    remaining = np.cumsum(squares[order][::-1])[::-1]
    scores = np.empty_like(squares)
    scores[order] = squares[order] / np.maximum(remaining, np.finfo(np.float64).tiny)
    return scores.reshape(weights.shape).astype(np.float32)


def _keep_share(rows: Mapping[str, Array], block: int, share: float) -> dict[str, Mask]:
    """Keep all but the least important blocks of all kernels; exactly the share goes, ties fall by position."""
    blocks = {name: _block_means(row, block) for name, row in rows.items()}
    safe = [np.where(_largest(means, LEAST_KEPT * (1 - share)), np.inf, means.ravel()) for means in blocks.values()]
    joined = np.concatenate(safe)
    keep = np.ones(joined.size, bool)
    keep[np.argsort(joined, kind="stable")[: round(share * joined.size)]] = False
    keep |= np.isinf(joined)
    parts = np.split(keep, np.cumsum([means.size for means in blocks.values()])[:-1])
    masks = {}
    for (name, row), flat_mask in zip(rows.items(), parts, strict=True):
        masks[name] = np.ones(row.shape, bool)
        inside = flat_mask.reshape(blocks[name].shape)
        masks[name][..., : row.shape[-1] // block * block] = np.repeat(inside, block, axis=-1)
    return masks


def _block_means(row: Array, block: int) -> Array:
    length = row.shape[-1] // block * block
    means: Array = row[..., :length].reshape(*row.shape[:-1], -1, block).mean(axis=-1)
    return means


def _largest(means: Array, share: float) -> Mask:
    """Return which are among the largest, at least one, flat."""
    largest = np.zeros(means.size, bool)
    if means.size:
        largest[np.argsort(-means, axis=None, kind="stable")[: max(1, round(share * means.size))]] = True
    return largest


def _keep_of_groups(row: Array, of: int, zeros: int) -> Mask:
    keep = np.ones(row.shape, bool)
    length = row.shape[-1] // of * of
    groups = row[..., :length].reshape(*row.shape[:-1], -1, of)
    inside = np.ones(groups.shape, bool)
    np.put_along_axis(inside, np.argsort(groups, axis=-1, kind="stable")[..., :zeros], False, axis=-1)
    keep[..., :length] = inside.reshape(*row.shape[:-1], length)
    return keep
