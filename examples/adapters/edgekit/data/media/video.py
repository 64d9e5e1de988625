"""Videos: frames of an animated GIF, evenly apart, resized in 8 bits and scaled: ``[n, frames, height, width, 3]``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import FILES, Medium, Preview
from edgekit.contract.settings import MediumSettings
from edgekit.contract.shape import Shape
from edgekit.data.photos.files import thumbnail
from edgekit.data.photos.resizing import scaled
from edgekit.errors import DataError, ModuleError

MOST_FRAMES = 10_000
"""Frames of a file that are counted: a longer one is refused before it is decoded."""


class Settings(MediumSettings, frozen=True, kw_only=True):
    """What is said of a video, in a contract as in a recipe.

    Attributes:
        range: What the darkest and the brightest pixel become.
    """

    kind: ClassVar[str] = "video"
    range: tuple[float, float] | None = None


RecipeSettings = Settings


class Video(Medium):
    """What videos need."""

    kind = "video"
    source = FILES
    suffixes = (".gif",)
    plural = "videos"
    tensor = "float32 [?, frames, height, width, 3]"
    example = "clip.gif"
    unknown_if_none = ("range",)
    ranged = True

    def guesses(self, dtype: str, shape: Shape) -> bool:
        """Whether there are five axes, the last of three colours."""
        del dtype
        return len(shape) == 5 and shape[-1] == 3

    fits = guesses

    def check(self, path: Path) -> None:
        """Decode the first frame."""
        _frames(path, count=1, size=None)

    def load(self, path: Path, spec: InputSpec) -> NDArray[np.uint8]:
        """Decode as many frames as the model takes, uint8 ``[frames, height, width, 3]``."""
        (frames, height, width, _), _ = self.stored(spec)
        return _frames(path, count=frames, size=(height, width))

    def stored(self, spec: InputSpec) -> tuple[tuple[int, ...], str]:
        """Return frames, height, width and colours, uint8."""
        sizes = tuple(size for size in spec.shape[1:] if size is not None)
        if len(sizes) != 4:
            raise ModuleError(f"input {spec.name!r} takes videos of any size: give a model of a fixed one")
        return sizes, "uint8"

    def finish(self, batch: NDArray[np.uint8], spec: InputSpec) -> NDArray[Any]:
        """Map pixels 0..255 to the range."""
        settings = spec.medium
        assert isinstance(settings, Settings), f"{spec.name} is no video"
        if settings.range is None:
            raise ModuleError(f"the range of input {spec.name!r} is not known", input=spec.name, setting="range")
        return scaled(batch, settings.range, spec.dtype)

    def steps(self, spec: InputSpec) -> Iterator[str]:
        """Return in words what becomes of a video."""
        frames, height, width = spec.shape[1:4]
        yield f"{frames} frames of a video, evenly apart, in 8 bits of RGB"
        yield f"resized to {width} x {height} pixels (bilinear, stretched)"

    def preview(self, path: Path) -> Preview:
        """Return the first frame."""
        return Preview(picture=thumbnail(_frames(path, count=1, size=None)[0]))


def _frames(path: Path, *, count: int, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    from PIL import Image  # heavy

    try:
        with Image.open(path) as video:
            total = getattr(video, "n_frames", 1)
            if total > MOST_FRAMES:
                raise DataError(f"{path}: {total} frames are more than {MOST_FRAMES}", path=path)
            frames = []
            for index in np.linspace(0, total - 1, count).round().astype(int):
                video.seek(int(index))
                frame = video.convert("RGB")
                frames.append(frame if size is None else frame.resize(size[::-1], Image.Resampling.BILINEAR))
            return np.stack([np.asarray(frame, np.uint8) for frame in frames])
    except DataError:
        raise
    except Exception as error:  # Pillow's plugins raise many kinds
        raise DataError(f"{path}: not a video that can be read", path=path) from error


MEDIUM = Video()
