"""What is said of a photo that a model takes, in a contract as in a recipe."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from edgekit.contract.contract import InputSpec
from edgekit.contract.settings import MediumSettings, are_limits
from edgekit.contract.shape import Shape
from edgekit.data.resizing import PLAIN, RESIZES
from edgekit.errors import ModuleError

MOST_PIXELS = 8192
"""The greatest height and width of an image that a model takes."""
CHANNELS = ("RGB", "BGR")
"""Orders of the colours."""


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

    def senseless(self, shape: Shape) -> str | None:
        """Return the name of the first field that no image can have."""
        checks = {
            "size": self.size is None or (len(self.size) == 2 and all(0 < side <= MOST_PIXELS for side in self.size)),
            "shape": all(side is None or 0 < side <= MOST_PIXELS for side in shape[1:3]),
            "range": self.range is None or are_limits(self.range),
            "crop": self.crop is None or 0 < self.crop <= 1,
            "resize": self.resize in (None, *RESIZES),
            "channels": self.channels in (None, *CHANNELS),
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
    shape, size = spec.shape, settings_of(spec).size
    if len(shape) == 4 and shape[1] is not None and shape[2] is not None:
        return shape[1], shape[2]
    if size is None:
        raise ModuleError(
            f"input {spec.name!r} takes photos of any size {list(shape)}: "
            f"say which, by size = [HEIGHT, WIDTH] under [inputs.{spec.name}]"
        )
    return size
