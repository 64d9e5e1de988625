"""Clustered weights have few values, near to their own."""

from __future__ import annotations

import numpy as np

from edgekit.compression.clustering import clustered


def test_as_many_values_as_asked_for_and_near() -> None:
    weights = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    errors = {}
    for clusters in (4, 16, 32):
        found = clustered(weights, clusters)
        assert len(np.unique(found)) <= clusters
        assert found.shape == weights.shape
        errors[clusters] = float(np.square(found - weights).mean())
    assert errors[32] < errors[16] < errors[4] < 0.15
    assert errors[32] < 0.01


def test_few_values_stay_as_they_are() -> None:
    weights = np.array([[1.0, 2.0], [2.0, 1.0]], np.float32)
    assert clustered(weights, 4) is weights
