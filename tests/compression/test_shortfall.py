"""A graph that is not what its variant says is refused; one that is passes."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.compression.clustering import clustered
from edgekit.compression.masks import masks_of
from edgekit.compression.shortfall import check_reduced
from edgekit.errors import ConversionError
from edgekit.recipe.variants import parse_variant

KERNELS = {
    name: np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    for seed, (name, shape) in enumerate({"conv": (3, 3, 8, 16), "dense": (16, 12)}.items())
}


@pytest.mark.parametrize("suffix", ["s50", "s90", "s50b4", "s2of4"])
def test_zeros_that_are_there_pass_and_missing_ones_do_not(suffix: str) -> None:
    compression = parse_variant(f"tflite-fp32-{suffix}").compression
    assert compression.sparsity is not None
    masks = masks_of({name: np.abs(value) for name, value in KERNELS.items()}, compression.sparsity)
    pruned = {name: value * masks[name] for name, value in KERNELS.items()}
    check_reduced(pruned, compression)
    with pytest.raises(ConversionError, match=rf"{suffix} was to leave .* zeros .* and .* came out: train longer"):
        check_reduced({**pruned, "dense": KERNELS["dense"]}, compression)


def test_layers_too_small_for_a_sparsity_are_refused() -> None:
    with pytest.raises(ConversionError, match=r"s2of4 takes no weight away: .* too small for it, 27 weights"):
        check_reduced({"stem": np.ones((3, 3, 3, 1), np.float32)}, parse_variant("tflite-fp32-s2of4").compression)


def test_clusters_that_are_there_pass_and_others_do_not() -> None:
    compression = parse_variant("tflite-fp32-c8").compression
    shared = {name: clustered(value, 8) for name, value in KERNELS.items()}
    check_reduced(shared, compression)
    with pytest.raises(ConversionError, match="c8 was to leave 8 values in each layer, and dense has 192"):
        check_reduced({**shared, "dense": KERNELS["dense"]}, compression)
    with pytest.raises(ConversionError, match="c8 changes nothing: no layer to cluster has more than 6 weights"):
        check_reduced({"tiny": np.ones((2, 3), np.float32)}, compression)
