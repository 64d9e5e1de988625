"""Cropping, resizing and scaling of pixels, the one implementation that training, parity and previews share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

RESIZES = ("bilinear", "nearest", "bicubic", "box", "lanczos", "mediapipe")
"""Filters that resize photos, as Pillow names them, and what MediaPipe does on a CPU."""
PLAIN = ("bilinear", "nearest", "mediapipe")
"""Those that take the nearest pixels only: the first if it is told so, the others always."""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in ITU-R BT.601's luma."""
WARP_STEPS = 32.0
"""Steps between two pixels of OpenCV's ``warpPerspective``: five bits, INTER_BITS of opencv/modules/imgproc."""


def fitted(
    image: Image.Image, size: tuple[int, int], *, crop: float | None, resize: str | None, antialias: bool | None
) -> NDArray[np.uint8]:
    """Crop and resize a photo.

    Without a crop the whole photo is stretched to the size. The result is uint8, as on a phone's camera path, so
    preprocessing here and there can be the same to the bit.

    Args:
        image: A photo in RGB.
        size: Height and width in pixels.
        crop: Share of the largest part in that aspect ratio that is cut from the middle; None: all of the photo.
        resize: One of `RESIZES`; None: the first.
        antialias: Whether a bilinear filter covers all pixels when it shrinks; only False says that it does not.
    """
    from PIL import Image  # heavy

    height, width = size
    if crop is not None:
        image = image.crop(_crop_box(image.width, image.height, width / height, crop))
    if image.size == (width, height):
        return np.asarray(image, np.uint8)
    lengths = ((image.height, height), (image.width, width))
    if resize == "mediapipe":
        return _four_pixels(np.asarray(image, np.uint8), [_corner_grid(old, new) for old, new in lengths])
    if resize == "bilinear" and antialias is False:
        return _four_pixels(np.asarray(image, np.uint8), [_centre_grid(old, new) for old, new in lengths])
    resampling = Image.Resampling[(resize or RESIZES[0]).upper()]
    return np.asarray(image.resize((width, height), resampling), np.uint8)


def _crop_box(width: int, height: int, aspect: float, share: float) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the part that is taken: the middle, in the aspect ratio of the input."""
    wide = min(width, height * aspect) * share
    across, down = max(1, round(wide)), max(1, round(wide / aspect))
    x, y = (width - across) // 2, (height - down) // 2
    return x, y, x + across, y + down


def _centre_grid(old: int, new: int) -> NDArray[np.float32]:
    """Return where new pixels lie among old ones if both have their centres at halves.

    As of ``tf.image.resize(antialias=False)``, of PyTorch's ``align_corners=False`` and of OpenCV's ``resize``.
    """
    positions = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * np.float32(old / new) - np.float32(0.5)
    clipped: NDArray[np.float32] = np.clip(positions, 0, old - 1)
    return clipped


def _corner_grid(old: int, new: int) -> NDArray[np.float32]:
    """Return where new pixels lie among old ones if both have their centres at whole numbers, in steps of 1/32.

    MediaPipe resizes on a CPU by OpenCV's ``warpPerspective``, whose positions have five bits behind the point:
    mediapipe/calculators/tensor/image_to_tensor_converter_opencv.cc.
    """
    steps = np.rint(np.arange(new) * (WARP_STEPS * old / new))
    clipped: NDArray[np.float32] = np.clip(steps / WARP_STEPS, 0, old - 1).astype(np.float32)
    return clipped


def _four_pixels(pixels: NDArray[np.uint8], grids: Sequence[NDArray[np.float32]]) -> NDArray[np.uint8]:
    """Resize by bilinear interpolation of the four nearest pixels, and no antialiasing; halves are rounded up."""
    low = [np.floor(positions).astype(np.intp) for positions in grids]
    high = [np.minimum(lower + 1, old - 1) for lower, old in zip(low, pixels.shape[:2], strict=True)]
    down, across = (grids[0] - low[0])[:, None, None], (grids[1] - low[1])[None, :, None]
    rows = pixels[low[0]] * (1 - down) + pixels[high[0]] * down
    mixed: NDArray[Any] = np.floor(rows[:, low[1]] * (1 - across) + rows[:, high[1]] * across + np.float32(0.5))
    return mixed.astype(np.uint8)


def in_channels(pixels: NDArray[np.uint8], channels: int | None, order: str | None) -> NDArray[np.uint8]:
    """Return RGB pixels ``[..., 3]`` in the channels of a model: as they are, as luma ``[..., 1]``, or in BGR."""
    if channels == 1:
        return np.rint(pixels @ np.array(LUMA, np.float32)).astype(np.uint8)[..., None]
    return pixels[..., ::-1] if order == "BGR" else pixels


def scaled(
    pixels: NDArray[np.uint8],
    limits: tuple[float, float],
    dtype: str,
    *,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
) -> NDArray[Any]:
    """Map pixels 0..255 to a range; then take off the mean of each channel and divide by its deviation.

    Args:
        pixels: uint8 ``[..., channels]``.
        limits: What the darkest and the brightest pixel become.
        dtype: Of the result.
        mean: One number per channel, or None.
        std: Likewise.
    """
    low, high = limits
    table = low + np.arange(256) * ((high - low) / 255.0)
    if mean is None or std is None:
        return table.astype(dtype)[pixels]
    values = np.empty(pixels.shape, dtype)
    for channel, (centre, spread) in enumerate(zip(mean, std, strict=True)):
        values[..., channel] = ((table - centre) / spread).astype(dtype)[pixels[..., channel]]
    return values
