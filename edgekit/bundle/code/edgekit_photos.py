"""Photos as the model was trained with them: decoded upright in RGB, cropped, resized in 8 bits, and scaled."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

Array = Any  # of numpy
Spec = Dict[str, Any]


def picture(value: Any) -> Any:
    """Return a photo as Pillow has it, of a path, of pixels, or of an image."""
    from PIL import Image  # heavy

    if isinstance(value, np.ndarray):
        pixels = value[0] if value.ndim == 4 and len(value) == 1 else value
        if pixels.ndim != 3 or pixels.shape[-1] != 3:
            raise ValueError(f"pixels are uint8 [height, width, 3] in RGB, not {list(value.shape)}")
        return Image.fromarray(pixels)
    return value.convert("RGB") if isinstance(value, Image.Image) else upright(value)


def upright(path: Any) -> Any:
    """Decode a photo, turn it as its EXIF orientation says, and make it RGB."""
    from PIL import Image, ImageOps  # heavy

    image: Any = Image.open(path)
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16-bit grey keeps its upper 8 bits
        wide = np.asarray(image, np.int64)
        image = Image.fromarray((wide >> 8 if wide.max(initial=0) > 255 else wide).astype(np.uint8))
    return image if image.mode == "RGB" else image.convert("RGB")


def fitted(image: Any, spec: Spec) -> Array:
    """Crop and resize a photo to the model's size; the result is uint8 [height, width, 3]."""
    from PIL import Image  # heavy

    height, width = spec["size"] if "size" in spec else sides(spec)
    if "crop" in spec:  # the middle, in the model's aspect ratio
        aspect = width / height
        wide = min(image.width, image.height * aspect) * spec["crop"]
        across, down = max(1, round(wide)), max(1, round(wide / aspect))
        column, row = (image.width - across) // 2, (image.height - down) // 2
        image = image.crop((column, row, column + across, row + down))
    if image.size == (width, height):
        return np.asarray(image, np.uint8)
    resize = spec.get("resize", "bilinear")
    if resize == "mediapipe":  # from whole pixels, in steps of 1/32, as OpenCV's warpPerspective
        grids = [
            np.rint(np.arange(new) * (32.0 * old / new)) / 32.0
            for old, new in ((image.height, height), (image.width, width))
        ]
        return four_pixels(np.asarray(image, np.uint8), grids)
    if resize == "bilinear" and spec.get("antialias") is False:  # from the centres of pixels, as tf.image.resize
        grids = [
            (np.arange(new, dtype=np.float32) + np.float32(0.5)) * np.float32(old / new) - np.float32(0.5)
            for old, new in ((image.height, height), (image.width, width))
        ]
        return four_pixels(np.asarray(image, np.uint8), grids)
    return np.asarray(image.resize((width, height), getattr(Image, resize.upper())), np.uint8)


def four_pixels(pixels: Array, grids: List[Array]) -> Array:
    """Interpolate between the four nearest pixels, halves rounded up."""
    sizes = pixels.shape[:2]
    grids = [np.clip(at, 0, old - 1).astype(np.float32) for at, old in zip(grids, sizes)]
    low = [np.floor(at).astype(np.intp) for at in grids]
    high = [np.minimum(at + 1, old - 1) for at, old in zip(low, sizes)]
    down, across = (grids[0] - low[0])[:, None, None], (grids[1] - low[1])[None, :, None]
    rows = pixels[low[0]] * (1 - down) + pixels[high[0]] * down
    return np.floor(rows[:, low[1]] * (1 - across) + rows[:, high[1]] * across + np.float32(0.5)).astype(np.uint8)


def scaled(pixels: Array, spec: Spec) -> Array:
    """Map pixels 0..255 to the model's range; then take off the mean and divide by the deviation, where it has them."""
    if spec["shape"][1 if channels_first(spec) else -1] == 1:  # ITU-R 601 luma
        pixels = np.rint(pixels @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.uint8)[..., None]
    elif spec.get("channels") == "BGR":
        pixels = pixels[..., ::-1]
    if spec["dtype"] == "uint8":
        return pixels
    low, high = spec["range"]
    dtype = spec["dtype"] if spec["dtype"].startswith("float") else "float32"  # of int8 the scale is applied later
    table = low + np.arange(256) * ((high - low) / 255.0)
    if "mean" not in spec:
        return table.astype(dtype)[pixels]
    pairs = zip(spec["mean"], spec["std"])
    tables = [((table - mean) / std).astype(dtype) for mean, std in pairs]
    return np.stack([lookup[pixels[..., channel]] for channel, lookup in enumerate(tables)], -1)


def channels_first(spec: Spec) -> bool:
    """Whether the model has its channels before height and width, as PyTorch has."""
    return bool(spec.get("layout") == "NCHW")


def sides(spec: Spec) -> Any:
    """Return the model's height and width."""
    return spec["shape"][2:4] if channels_first(spec) else spec["shape"][1:3]


def laid_out(pixels: Array, spec: Spec) -> Array:
    """Return ``[height, width, channels]`` in the model's layout."""
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 0)) if channels_first(spec) else pixels
