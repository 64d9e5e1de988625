"""Photos: decoding and preprocessing, the one implementation that training, parity and devices share."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import RESIZES, InputSpec
from edgekit.errors import DataError, ModuleError
from edgekit.system.printable import first_line

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
    return np.asarray(open_image(path), np.uint8)


def load_image(path: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """Decode a photo and fit it to an input, uint8 ``[height, width, 3]``; `scale_pixels` does the rest.

    Raises:
        DataError: As of `read_image`.
        ModuleError: The size is not known.
    """
    return _fitted(open_image(path), spec)


def open_image(path: Path) -> Image.Image:
    """Return a photo, decoded, upright and in RGB; raises as `read_image`."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata; a bomb is an error below
            with Image.open(path) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DataError(f"{path}: {image.width} x {image.height} pixels are more than {MAX_PIXELS}")
                image.load()
                ImageOps.exif_transpose(image, in_place=True)
                return _to_rgb(image)
    except DataError:
        raise
    except Exception as error:  # Pillow's plugins raise many kinds, SyntaxError and struct.error among them
        raise DataError(f"{path}: not an image that can be read ({first_line(error, longest=120)})") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB; 16-bit grey keeps its upper 8 bits, which Pillow alone would clip."""
    from PIL import Image

    if image.mode.startswith("I"):
        wide = np.asarray(image, np.int64)
        return Image.fromarray((wide >> 8 if wide.max(initial=0) > 255 else wide).astype(np.uint8)).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def fit_image(pixels: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Crop and resize a photo as ``spec`` says.

    Without a crop the whole photo is stretched to the size. The result is uint8, as on a phone's camera path, so
    preprocessing here and there can be the same to the bit.

    Args:
        pixels: uint8 ``[height, width, 3]``.
        spec: An input of kind ``image``.

    Raises:
        ModuleError: The size is not known.
    """
    from PIL import Image

    return _fitted(Image.fromarray(pixels), spec)


def _fitted(image: Image.Image, spec: InputSpec) -> NDArray[np.uint8]:
    from PIL import Image

    height, width = image_size(spec)
    if spec.crop is not None:
        image = image.crop(_crop_box(image.width, image.height, width / height, spec.crop))
    if image.size == (width, height):
        return np.asarray(image, np.uint8)
    if spec.resize == "mediapipe":
        return _four_pixels(np.asarray(image, np.uint8), [_corner_grid(*each) for each in _sizes(image, height, width)])
    if spec.resize == "bilinear" and spec.antialias is False:
        return _four_pixels(np.asarray(image, np.uint8), [_centre_grid(*each) for each in _sizes(image, height, width)])
    how = Image.Resampling[(spec.resize or RESIZES[0]).upper()]
    return np.asarray(image.resize((width, height), how), np.uint8)


def _sizes(image: Image.Image, height: int, width: int) -> list[tuple[int, int]]:
    return [(image.height, height), (image.width, width)]


def _crop_box(width: int, height: int, aspect: float, share: float) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the part that is taken: the middle, in the aspect ratio of the input."""
    wide = min(width, height * aspect) * share
    across, down = max(1, round(wide)), max(1, round(wide / aspect))
    left, top = (width - across) // 2, (height - down) // 2
    return left, top, left + across, top + down


def _centre_grid(old: int, new: int) -> NDArray[np.float32]:
    """Return where new pixels lie among old ones if both have their centres at halves.

    As of ``tf.image.resize(antialias=False)``, of PyTorch's ``align_corners=False`` and of OpenCV's ``resize``.
    """
    at = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * np.float32(old / new) - np.float32(0.5)
    found: NDArray[np.float32] = np.clip(at, 0, old - 1)
    return found


def _corner_grid(old: int, new: int) -> NDArray[np.float32]:
    """Return where new pixels lie among old ones if both have their centres at whole numbers, in steps of 1/32.

    MediaPipe resizes on a CPU by OpenCV's ``warpPerspective``, whose positions have five bits behind the point:
    mediapipe/calculators/tensor/image_to_tensor_converter_opencv.cc, INTER_BITS of opencv/modules/imgproc.
    """
    steps = np.rint(np.arange(new) * (32.0 * old / new))
    found: NDArray[np.float32] = np.clip(steps / 32.0, 0, old - 1).astype(np.float32)
    return found


def _four_pixels(pixels: NDArray[np.uint8], grids: Sequence[NDArray[np.float32]]) -> NDArray[np.uint8]:
    """Resize by bilinear interpolation of the four nearest pixels, and no antialiasing; halves are rounded up."""
    low = [np.floor(at).astype(np.intp) for at in grids]
    high = [np.minimum(at + 1, old - 1) for at, old in zip(low, pixels.shape[:2], strict=True)]
    down, across = (grids[0] - low[0])[:, None, None], (grids[1] - low[1])[None, :, None]
    rows = pixels[low[0]] * (1 - down) + pixels[high[0]] * down
    found: NDArray[Any] = np.floor(rows[:, low[1]] * (1 - across) + rows[:, high[1]] * across + np.float32(0.5))
    return found.astype(np.uint8)


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
    """Map pixels 0..255 to what ``spec`` asks for: order of colours, range, mean and deviation, dtype.

    Grey models get ITU-R 601 luma.

    Args:
        pixels: uint8 ``[..., height, width, 3]``, RGB.
        spec: An input of kind ``image``.

    Raises:
        ModuleError: The range is not known.
    """
    if spec.shape[-1] == 1:
        luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
        pixels = np.rint(luma).astype(np.uint8)[..., None]
    elif spec.channels == "BGR":
        pixels = pixels[..., ::-1]
    if spec.dtype == "uint8":
        return pixels
    if spec.range is None:
        raise ModuleError(
            f"the range of values that input {spec.name!r} expects is not known: say it, by range = [0.0, 1.0] (or "
            f"[-1.0, 1.0], or [0.0, 255.0]) under [inputs.{spec.name}] of the recipe",
            input=spec.name,
            setting="range",
        )
    low, high = spec.range
    table = low + np.arange(256) * ((high - low) / 255.0)
    if spec.mean is None or spec.std is None:
        return table.astype(spec.dtype)[pixels]
    made = np.empty(pixels.shape, spec.dtype)
    for channel, (mean, std) in enumerate(zip(spec.mean, spec.std, strict=True)):
        made[..., channel] = ((table - mean) / std).astype(spec.dtype)[pixels[..., channel]]
    return made


def thumbnail(pixels: NDArray[np.uint8], *, side: int = 160) -> str:
    """Return a small JPEG of a photo as a ``data:`` URL, at most ``side`` pixels wide and high."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
