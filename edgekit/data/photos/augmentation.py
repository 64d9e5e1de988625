"""Augmentation of photos while a head is trained, by Keras's own layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from edgekit.system.optional import tensorflow

AUGMENTATIONS = ("flip", "rotate", "zoom", "contrast", "brightness")
USUAL_AUGMENTATIONS = ("flip", "rotate", "zoom", "contrast")
"""What ``augment = true`` means."""


def augmentation_layers(names: Sequence[str], limits: tuple[float, float], seed: int) -> Iterator[Any]:
    """Return layers at the strengths usual for photos, and one that keeps values within the range.

    Args:
        names: Of `AUGMENTATIONS`, in their order.
        limits: Values of the darkest and the brightest pixel.
        seed: Of each layer.
    """
    layers = tensorflow().keras.layers
    low, high = limits
    makers: Mapping[str, Callable[[], Any]] = {
        "flip": lambda: layers.RandomFlip("horizontal", seed=seed),
        "rotate": lambda: layers.RandomRotation(0.05, fill_mode="nearest", seed=seed),
        "zoom": lambda: layers.RandomZoom((-0.2, 0.1), fill_mode="nearest", seed=seed),
        "contrast": lambda: layers.RandomContrast(0.2, seed=seed),
        "brightness": lambda: layers.RandomBrightness(0.2, value_range=limits, seed=seed),
    }
    for name in names:
        yield makers[name]()
    yield layers.Lambda(lambda pixels: tensorflow().clip_by_value(pixels, low, high), name="clip_to_range")
