"""Faults that a self-test seeds into photos: as apps and contracts err."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.data.photos.settings import CHANNELS_FIRST, channels_of, settings_of


def other_range(spec: InputSpec) -> InputSpec | None:
    """Return the input with a wrong range; None: its own is not known."""
    limits = settings_of(spec).range
    if limits is None:
        return None
    low, high = limits
    return spec.with_settings(range=(low - (high - low), high))  # [0, 1] becomes [-1, 1]


def other_order(spec: InputSpec) -> InputSpec | None:
    """Return the input with its colours in the other order; None: it has none."""
    if channels_of(spec) != 3:
        return None
    return spec.with_settings(channels="RGB" if settings_of(spec).channels == "BGR" else "BGR")


def other_filter(spec: InputSpec) -> InputSpec:
    """Return the input resized by another filter."""
    resize = "bilinear" if settings_of(spec).resize == "nearest" else "nearest"
    return spec.with_settings(resize=resize, antialias=False)


def scaled_twice(_: InputSpec, batch: NDArray[Any]) -> NDArray[Any] | None:
    """An app that divides by 255 what is divided already."""
    return batch / batch.dtype.type(255) if batch.dtype.kind == "f" else None


def reversed_colours(spec: InputSpec, batch: NDArray[Any]) -> NDArray[Any] | None:
    """Return photos whose first colour is the last; None: they have no colours."""
    axis = 1 if settings_of(spec).layout == CHANNELS_FIRST else -1
    return np.ascontiguousarray(np.flip(batch, axis)) if channels_of(spec) == 3 else None


def transposed(spec: InputSpec, batch: NDArray[Any]) -> NDArray[Any] | None:
    """Return photos whose rows are columns; None: they are no squares."""
    down, across = (2, 3) if settings_of(spec).layout == CHANNELS_FIRST else (1, 2)
    return np.ascontiguousarray(batch.swapaxes(down, across)) if batch.shape[down] == batch.shape[across] else None
