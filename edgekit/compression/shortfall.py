"""Shortfall: a graph that has fewer zeros, or more values, than its variant's name says is none of that variant."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edgekit.compression.masks import masks_of
from edgekit.errors import ConversionError
from edgekit.recipe.variants import Compression, Sparsity

Array = NDArray[np.float32]
TOLERANCE = 0.01
"""The share of the zeros that may be missing: two masks of the same weights differ where a layer keeps its least."""


def check_reduced(kernels: Mapping[str, Array], compression: Compression) -> None:
    """Refuse kernels that have not the zeros or the clusters that were to come.

    Args:
        kernels: The weights of the layers that were to be compressed, by name.
        compression: A sparsity or clusters.

    Raises:
        ConversionError: Zeros are missing, a layer has more values, or the layers are too small for any of it.
    """
    if compression.sparsity is not None:
        _check_zeros(kernels, compression.sparsity)
    if compression.clusters is not None:
        _check_clusters(kernels, compression.clusters)


def _check_zeros(kernels: Mapping[str, Array], sparsity: Sparsity) -> None:
    masks = masks_of({name: np.abs(value) for name, value in kernels.items()}, sparsity)
    due = sum(int((~mask).sum()) for mask in masks.values())
    zeros = sum(int((kernels[name] == 0)[~mask].sum()) for name, mask in masks.items())
    total = sum(value.size for value in kernels.values())
    if due == 0 and sparsity.share > 0:
        raise ConversionError(
            f"{sparsity} takes no weight away: the layers to prune are too small for it, {total} weights in all; name "
            f"larger ones by [compression] also = [...], or take another sparsity"
        )
    if zeros < (1 - TOLERANCE) * due:
        raise ConversionError(
            f"{sparsity} was to leave {due:,} zeros among the {total:,} weights of the layers that are pruned, and "
            f"{zeros:,} came out: train longer, by [compression] epochs, or prune by schedule = 'one-shot'"
        )


def _check_clusters(kernels: Mapping[str, Array], clusters: int) -> None:
    counts = {name: len(np.unique(value)) for name, value in kernels.items()}
    for name, count in counts.items():
        if count > clusters:
            raise ConversionError(
                f"c{clusters} was to leave {clusters} values in each layer, and {name} has {count:,}: take "
                f"[compression] schedule = 'one-shot'"
            )
    if all(value.size <= clusters for value in kernels.values()):
        largest = max(value.size for value in kernels.values())
        raise ConversionError(
            f"c{clusters} changes nothing: no layer to cluster has more than {largest} weights; take fewer, or name "
            f"larger layers by [compression] also = [...]"
        )
