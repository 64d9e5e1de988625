"""Photos: decoding and preprocessing, the one implementation that training, parity and devices share."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract import InputSpec
from edgekit.errors import DataError, ModuleError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 178_956_970
"""The largest photo that is decoded, Pillow's own limit against decompression bombs."""

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".avif")
"""By these a file is taken for a photo, where nothing else tells."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """Decode a photo of any format that Pillow reads.

    It is turned upright as its EXIF orientation says, and becomes RGB; of an animation the first frame is taken.

    Returns:
        Pixels, uint8 ``[height, width, 3]``.

    Raises:
        DataError: It is not there, is broken or truncated, or is larger than `MAX_PIXELS`.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata; a bomb is an error below
            with Image.open(path) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DataError(f"{path}: {image.width} x {image.height} pixels are more than {MAX_PIXELS}")
                image.load()
                return np.asarray(_to_rgb(ImageOps.exif_transpose(image)), np.uint8)
    except DataError:
        raise
    except Exception as error:  # Pillow's plugins raise many kinds, SyntaxError and struct.error among them
        raise DataError(f"{path}: not an image that can be read ({_first_line(error)})") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB; 16-bit grey keeps its upper 8 bits, which Pillow alone would clip."""
    from PIL import Image

    if image.mode.startswith("I"):
        wide = np.asarray(image, np.int64)
        return Image.fromarray((wide >> 8 if wide.max(initial=0) > 255 else wide).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]


def resize_image(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize to ``size`` (height, width) by Pillow's bilinear filter, antialiased when shrinking.

    The aspect ratio is not kept: the whole photo is what the model sees. The result is uint8, as on a phone's camera
    path, so preprocessing here and there can be the same to the bit.
    """
    from PIL import Image

    if pixels.shape[:2] == size:
        return pixels
    resized = Image.fromarray(pixels).resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.uint8)


def image_size(spec: InputSpec) -> tuple[int, int]:
    """Return height and width in pixels that ``spec`` asks for.

    Raises:
        ModuleError: Neither the model nor the recipe says.
    """
    shape = spec.shape
    if len(shape) == 4 and shape[1] is not None and shape[2] is not None:
        return shape[1], shape[2]
    if spec.size is None:
        raise ModuleError(
            f"input {spec.name!r} takes photos of any size {list(shape)}: "
            f"say which, by size = [HEIGHT, WIDTH] under [inputs.{spec.name}]"
        )
    return spec.size


def scale_pixels(pixels: NDArray[np.uint8], spec: InputSpec) -> NDArray[Any]:
    """Map pixels 0..255 to the range and dtype that ``spec`` asks for; grey models get ITU-R 601 luma.

    Args:
        pixels: uint8 ``[..., height, width, 3]``.
        spec: An input of kind ``image``.

    Raises:
        ModuleError: The range is not known.
    """
    if spec.shape[-1] == 1:
        luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
        pixels = np.rint(luma).astype(np.uint8)[..., None]
    if spec.dtype == "uint8":
        return pixels
    if spec.range is None:
        raise ModuleError(
            f"the range of values that input {spec.name!r} expects is not known: say it, by range = [0.0, 1.0] (or "
            f"[-1.0, 1.0], or [0.0, 255.0]) under [inputs.{spec.name}] of the recipe, or by --range LOW HIGH"
        )
    low, high = spec.range
    table = (low + np.arange(256) * ((high - low) / 255.0)).astype(spec.dtype)
    return table[pixels]


def thumbnail(pixels: NDArray[np.uint8], *, side: int = 160) -> str:
    """Return a small JPEG of a photo as a ``data:`` URL, at most ``side`` pixels wide and high."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
