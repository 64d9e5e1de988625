"""Photos in files: decoding, upright and in RGB, and small pictures of them for reports."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgekit.data.broken_files import broken_file
from edgekit.errors import DataError
from edgekit.system.printable import reason_of

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 178_956_970
"""The largest photo that is decoded, Pillow's own limit against decompression bombs."""
PREVIEW_SIDE = 160
"""Pixels that a picture in a report is wide and high at most."""
PREVIEW_QUALITY = 80
"""Of its JPEG: twice the bytes show no more at that size."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """Decode a photo of any format that Pillow reads.

    It is turned upright as its EXIF orientation says, and becomes RGB; of an animation the first frame is taken.

    Returns:
        Pixels, uint8 ``[height, width, 3]``.

    Raises:
        DataError: It is not there, is broken or truncated, or is larger than `MAX_PIXELS`.
    """
    return np.asarray(open_image(path), np.uint8)


def open_image(path: Path) -> Image.Image:
    """Return a photo, decoded, upright and in RGB; raises as `read_image`."""
    from PIL import Image, ImageOps  # heavy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata; a bomb is an error below
            with Image.open(path) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise broken_file(path, f"{image.width} x {image.height} pixels are more than {MAX_PIXELS}")
                image.load()
                ImageOps.exif_transpose(image, in_place=True)
                return _to_rgb(image)
    except DataError:
        raise
    except Exception as error:  # Pillow's plugins raise many kinds, SyntaxError and struct.error among them
        raise broken_file(path, f"not an image that can be read ({reason_of(error, longest=120)})") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB; 16-bit grey keeps its upper 8 bits, which Pillow alone would clip."""
    from PIL import Image  # heavy

    if image.mode.startswith("I"):
        wide = np.asarray(image, np.int64)
        return Image.fromarray((wide >> 8 if wide.max(initial=0) > 255 else wide).astype(np.uint8)).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def shorter_side(path: Path) -> int:
    """Return the shorter side of a photo in pixels; only its header is read."""
    from PIL import Image  # heavy

    with Image.open(path) as image:
        return min(image.size)


def thumbnail(pixels: NDArray[np.uint8], *, side: int = PREVIEW_SIDE) -> str:
    """Return a small JPEG of a photo as a ``data:`` URL, at most ``side`` pixels wide and high."""
    from PIL import Image  # heavy

    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=PREVIEW_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
