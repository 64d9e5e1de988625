"""What is said of a photo that a model takes, in a contract as in a recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.contract.settings import MediumSettings, are_limits
from edgekit.contract.shape import Shape, shown_shape
from edgekit.data.photos.resizing import PLAIN, RESIZES
from edgekit.errors import ModuleError

FEW_CHANNELS = (1, 3, 4)
"""Channels of what a camera or a painter makes: grey, colours, colours and opacity."""
MOST_PIXELS = 8192
"""The greatest height and width of an image that a model takes."""
CHANNELS = ("RGB", "BGR")
"""Orders of the colours."""
CHANNELS_FIRST = "NCHW"
LAYOUTS = ("NHWC", CHANNELS_FIRST)
"""Orders of the axes: channels behind height and width, as TensorFlow has them, or before, as PyTorch has."""


class PhotoSettings(MediumSettings, frozen=True, kw_only=True):
    """What is said of a photo.

    Attributes:
        range: Values that the darkest and the brightest pixel become.
        size: Height and width in pixels, where the module leaves them free.
        crop: Share of the largest part in the input's aspect ratio that is cut from the middle, such as 1.0 or 0.875;
            without it the whole image is stretched.
        resize: Filter that resizes photos.
        antialias: Whether the filter covers all pixels when it shrinks them, as Pillow's do.
        channels: Order of the colours; RGB by default.
        mean: What is taken off each channel after the range; in the order of ``channels``.
        std: What each channel is divided by then.
        layout: Order of the axes; NHWC by default.
    """

    kind: ClassVar[str] = "image"
    range: Annotated[
        tuple[float, float] | None, Meta(extra={"expected": "two numbers, the lower first, such as [0.0, 1.0]"})
    ] = None
    size: Annotated[
        tuple[int, int] | None, Meta(extra={"expected": "height and width in pixels, such as [224, 224]"})
    ] = None
    crop: Annotated[float | None, Meta(extra={"expected": "a number between 0 and 1"})] = None
    resize: Literal["bilinear", "nearest", "bicubic", "box", "lanczos", "mediapipe"] | None = None
    antialias: bool | None = None
    channels: Literal["RGB", "BGR"] | None = None
    mean: Annotated[
        tuple[float, ...] | None,
        Meta(extra={"expected": "three numbers, such as [0.485, 0.456, 0.406], or one for grey"}),
    ] = None
    std: Annotated[
        tuple[float, ...] | None,
        Meta(extra={"expected": "three numbers, such as [0.485, 0.456, 0.406], or one for grey"}),
    ] = None

    layout: Literal["NHWC", "NCHW"] | None = None

    def sides_of(self, shape: Shape) -> Shape:
        """Return height and width of a shape ``[n, ...]``."""
        return shape[2:4] if self.layout == CHANNELS_FIRST else shape[1:3]

    def channels_of(self, shape: Shape) -> int | None:
        """Return the number of channels of a shape ``[n, ...]``."""
        return shape[1 if self.layout == CHANNELS_FIRST else -1]

    def senseless(self, shape: Shape) -> str | None:
        """Return the name of the first field that no image can have."""
        checks = {
            "size": self.size is None or (len(self.size) == 2 and all(0 < side <= MOST_PIXELS for side in self.size)),
            "shape": all(side is None or 0 < side <= MOST_PIXELS for side in self.sides_of(shape)),
            "range": self.range is None or are_limits(self.range),
            "crop": self.crop is None or 0 < self.crop <= 1,
            "resize": self.resize in (None, *RESIZES),
            "channels": self.channels in (None, *CHANNELS),
            "layout": self.layout in (None, *LAYOUTS),
            "mean": self.mean is None or (len(self.mean) in (1, 3) and all(map(math.isfinite, self.mean))),
            "std": self.std is None or self._deviates(),
        }
        return next((name for name, right in checks.items() if not right), None)

    def _deviates(self) -> bool:
        assert self.std is not None, "it was asked"
        return self.mean is not None and len(self.mean) == len(self.std) and all(map(_is_deviation, self.std))

    def contradiction(self) -> str | None:
        """Return which settings of a recipe do not go with each other, as a sentence; None: all do."""
        if (self.mean is None) != (self.std is None) or not all(map(_is_deviation, self.std or ())):
            return "mean and std go together, one number per channel, and std is above 0"
        if self.antialias is False and self.resize not in (None, *PLAIN):
            return f"antialias = false is for bilinear; {self.resize} covers all pixels"
        if self.antialias and self.resize in PLAIN[1:]:
            return f"antialias = true: {self.resize} covers no more than its nearest pixels"
        return None


def _is_deviation(number: float) -> bool:
    return 0 < number < math.inf  # of NaN neither holds


def settings_of(spec: InputSpec) -> PhotoSettings:
    """Return the settings of an input of this medium."""
    assert isinstance(spec.medium, PhotoSettings), f"{spec.name} is no image"
    return spec.medium


def image_size(spec: InputSpec) -> tuple[int, int]:
    """Return height and width in pixels that ``spec`` asks for.

    Raises:
        ModuleError: Neither the model nor the recipe says.
    """
    settings = settings_of(spec)
    sides = settings.sides_of(spec.shape)
    if len(spec.shape) == 4 and sides[0] is not None and sides[1] is not None:
        return sides[0], sides[1]
    if settings.size is None:
        raise ModuleError(
            f"input {spec.name!r} takes photos of any size {list(spec.shape)}: "
            f"say which, by size = [HEIGHT, WIDTH] under [inputs.{spec.name}]",
            input=spec.name,
            setting="size",
        )
    return settings.size


def check_size(spec: InputSpec, size: tuple[int, int] | None) -> None:
    """Refuse a stated size where the model's own is another; `ModuleError`."""
    own = settings_of(spec).sides_of(spec.shape)
    if size is not None and any(side not in (None, stated) for side, stated in zip(own, size, strict=False)):
        raise ModuleError(
            f"size = {list(size)}, but input {spec.name!r} takes {shown_shape(spec.shape)}, which is fixed there",
            input=spec.name,
            setting="fixed_size",
        )


def sized(spec: InputSpec, sides: Sequence[int | None]) -> Shape:
    """Return the shape of ``spec`` with other height and width."""
    first = settings_of(spec).layout == CHANNELS_FIRST
    return (*spec.shape[:2], *sides) if first else (spec.shape[0], *sides, *spec.shape[3:])


def guessed_layout(shape: Shape) -> str | None:
    """Return the layout that a shape with few channels shows; None: NHWC, or none can be told."""
    if len(shape) != 4 or shape[-1] in FEW_CHANNELS or shape[1] not in FEW_CHANNELS:
        return None
    return CHANNELS_FIRST if all(side is None or side > max(FEW_CHANNELS) for side in shape[2:]) else None


def channels_of(spec: InputSpec) -> int | None:
    """Return the number of an image's channels."""
    return settings_of(spec).channels_of(spec.shape)


def laid_out(pixels: NDArray[Any], spec: InputSpec) -> NDArray[Any]:
    """Return ``[n, height, width, channels]`` in the layout of an input."""
    first = settings_of(spec).layout == CHANNELS_FIRST
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 1)) if first else pixels
