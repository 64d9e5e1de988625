"""Clusters: the weights of a kernel share a few values, which k-means finds."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from edgekit.recipe.variants import MAX_CLUSTERS
from edgekit.system.optional import require

SAMPLE = 1 << 16
"""Weights that k-means looks at; of a larger kernel, as many at random."""


def shares_values(weights: NDArray[np.float32]) -> bool:
    """Whether weights have so few values, for their number, that they were clustered."""
    distinct = len(np.unique(weights))
    return distinct <= MAX_CLUSTERS and weights.size >= 4 * distinct


def clustered(weights: NDArray[np.float32], clusters: int) -> NDArray[np.float32]:
    """Return a kernel whose weights have at most ``clusters`` values.

    One-dimensional k-means by scipy, from centroids spread evenly from the smallest weight to the largest, which keeps
    the few large weights (Han et al. 2016, "Deep Compression", section 3).

    Args:
        weights: A kernel, float32.
        clusters: Number of values, at least 2.
    """
    tools = require("scipy.cluster.vq", asked="clustering weights", extra="parity")
    flat = weights.ravel().astype(np.float64)
    if len(np.unique(flat)) <= clusters:
        return weights
    sample = flat if flat.size <= SAMPLE else np.random.default_rng(0).choice(flat, SAMPLE, replace=False)
    start = np.linspace(flat.min(), flat.max(), clusters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the evenly spread centroids some have no weight near them: fewer will do
        centroids, _ = tools.kmeans2(sample[:, None], start[:, None], minit="matrix", missing="warn", iter=30)
    codes, _ = tools.vq(flat[:, None], centroids)
    return np.asarray(centroids[codes, 0], np.float32).reshape(weights.shape)
