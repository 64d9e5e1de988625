from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgekit.contract import Contract, InputSpec
from edgekit.errors import ModuleError
from edgekit.images import read_image, resize_image, scale_pixels


def contract(**changes: object) -> Contract:
    fields = {"kind": "image", "dtype": "float32", "shape": (None, 8, 8, 3), "range": (0.0, 1.0)} | changes
    return Contract(inputs=(InputSpec(name="image", key="image", **fields),), outputs=())  # type: ignore[arg-type]


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 2))
    image.putpixel((0, 0), (255, 0, 0))
    exif = image.getexif()
    exif[0x0112] = 6  # turn clockwise to see it upright
    image.save(tmp_path / "x.png", exif=exif)
    pixels = read_image(tmp_path / "x.png")
    assert pixels.shape == (4, 2, 3)
    assert pixels[0, 1].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_photos_of_any_mode_become_rgb(mode: str, tmp_path: Path) -> None:
    if mode == "I;16":
        Image.fromarray(np.full([3, 5], 51200, np.uint16)).save(tmp_path / "x.png")
    else:
        Image.new("L", (5, 3), 200).convert(mode).save(tmp_path / ("x.tif" if mode == "CMYK" else "x.png"))
    pixels = read_image(next(tmp_path.iterdir()))
    assert (pixels.shape, pixels.dtype.name) == ((3, 5, 3), "uint8")
    assert abs(int(pixels.mean()) - (255 if mode == "1" else 200)) <= 60


@pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_pixels_are_mapped_to_the_range(value_range: tuple[float, float]) -> None:
    spec = contract(range=value_range).inputs[0]
    pixels = np.array([0, 255], np.uint8).reshape(1, 1, 2, 1).repeat(3, 3)
    found = scale_pixels(pixels, spec)
    assert (found.min(), found.max(), found.dtype.name) == (*value_range, "float32")
    with pytest.raises(ModuleError, match=r"\[inputs\.image\].*--range LOW HIGH"):
        scale_pixels(pixels, contract(range=None).inputs[0])


def test_resizing_is_antialiased() -> None:
    stripes = np.zeros([64, 64, 3], np.uint8)
    stripes[:, ::2] = 255
    small = resize_image(stripes, (8, 8))
    assert abs(int(small[4, 4, 0]) - 127) < 20  # without antialiasing it would be black or white
