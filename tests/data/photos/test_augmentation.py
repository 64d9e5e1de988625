"""Augmentation: in the order of the names, within the range, the same for the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.data.photos.augmentation import AUGMENTATIONS, USUAL_AUGMENTATIONS, augmentation_layers
from edgekit.system.optional import tensorflow

PHOTOS = np.random.default_rng(0).random((8, 12, 12, 3), np.float32)


def augmented(names: tuple[str, ...], *, limits: tuple[float, float] = (0.0, 1.0), seed: int = 3) -> NDArray[Any]:
    low, high = limits
    pixels = tensorflow().constant(low + PHOTOS * (high - low))
    for layer in augmentation_layers(names, limits, seed):
        pixels = layer(pixels, training=True)
    return np.asarray(pixels)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_changes_photos_and_keeps_their_range(name: str) -> None:
    for limits in ((0.0, 1.0), (-1.0, 1.0)):
        photos = augmented((name,), limits=limits)
        low, high = limits
        assert photos.shape == PHOTOS.shape
        assert low <= photos.min() < photos.max() <= high
        assert not np.array_equal(photos, low + PHOTOS * (high - low))


def test_without_a_name_only_the_range_is_kept() -> None:
    np.testing.assert_array_equal(augmented(()), PHOTOS)
    (clip,) = augmentation_layers((), (0.0, 1.0), 0)
    assert np.asarray(clip(tensorflow().constant([-0.5, 0.5, 1.5]))).tolist() == [0.0, 0.5, 1.0]


def test_the_seed_decides() -> None:
    np.testing.assert_array_equal(augmented(USUAL_AUGMENTATIONS), augmented(USUAL_AUGMENTATIONS))
    assert not np.array_equal(augmented(USUAL_AUGMENTATIONS), augmented(USUAL_AUGMENTATIONS, seed=4))


def test_layers_are_in_the_order_of_the_names() -> None:
    kinds = [type(layer).__name__ for layer in augmentation_layers(("zoom", "flip"), (0.0, 1.0), 0)]
    assert kinds == ["RandomZoom", "RandomFlip", "Lambda"]


def test_usual_ones_are_some_of_all() -> None:
    assert set(USUAL_AUGMENTATIONS) < set(AUGMENTATIONS)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="spin"):
        list(augmentation_layers(("spin",), (0.0, 1.0), 0))
