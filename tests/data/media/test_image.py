from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.media.image import MEDIUM
from edgekit.data.photo_files import read_image
from edgekit.errors import ModuleError
from edgekit.system.optional import tensorflow


def contract(**changes: object) -> Contract:
    fields = {"dtype": "float32", "shape": (None, 8, 8, 3), "range": (0.0, 1.0)} | changes
    return Contract(inputs=(InputSpec.of("image", name="image", key="image", **fields),), outputs=())  # type: ignore[arg-type]


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
    found = MEDIUM.finish(pixels, spec)
    assert (found.min(), found.max(), found.dtype.name) == (*value_range, "float32")
    with pytest.raises(ModuleError, match=r"\[inputs\.image\].*of the recipe$"):
        MEDIUM.finish(pixels, contract(range=None).inputs[0])


def test_resizing_is_antialiased() -> None:
    stripes = np.zeros([64, 64, 3], np.uint8)
    stripes[:, ::2] = 255
    small = MEDIUM.fit(stripes, contract().inputs[0])
    assert abs(int(small[4, 4, 0]) - 127) < 20  # without antialiasing it would be black or white


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, [height, width, 3], np.uint8)


@pytest.mark.parametrize("size", [(8, 8), (13, 40), (100, 60)])
def test_bilinear_without_antialiasing_is_tensorflows(size: tuple[int, int]) -> None:
    pixels = noise(37, 53)
    spec = contract(shape=(None, *size, 3), resize="bilinear", antialias=False).inputs[0]
    wanted = tensorflow().image.resize(pixels, size).numpy()  # half-pixel centres, no antialiasing
    assert np.abs(MEDIUM.fit(pixels, spec) - wanted).max() <= 0.5 + 1e-3  # ours are whole numbers
    antialiased = np.abs(MEDIUM.fit(pixels, contract(shape=(None, *size, 3)).inputs[0]) - wanted).max()
    assert (antialiased > 5) == (size != (100, 60))  # the same where it enlarges


def test_as_mediapipe_resizes() -> None:
    """Whole positions, in 32nds: of four pixels that become three, the second lies a third between two."""
    pixels = np.array([0, 96, 192, 255], np.uint8).reshape(1, 4, 1).repeat(3, 2)
    found = MEDIUM.fit(pixels, contract(shape=(None, 1, 3, 3), resize="mediapipe").inputs[0])
    assert found[0, :, 0].tolist() == [0, round(96 + 96 * 11 / 32), round(192 + 63 * 21 / 32)]


@pytest.mark.parametrize(("resize", "theirs"), [("bilinear", "bilinear"), ("lanczos", "lanczos3")])
def test_antialiased_filters_are_near_tensorflows(resize: str, theirs: str) -> None:
    spec = contract(resize=resize).inputs[0]
    wanted = tensorflow().image.resize(noise(37, 53), (8, 8), method=theirs, antialias=True).numpy()
    assert np.abs(MEDIUM.fit(noise(37, 53), spec) - np.clip(wanted, 0, 255)).max() <= 2


def test_a_crop_takes_the_middle_in_the_inputs_aspect() -> None:
    pixels = np.zeros([40, 100, 3], np.uint8)
    pixels[:, 30:70] = 255
    found = MEDIUM.fit(pixels, contract(crop=1.0).inputs[0])
    assert found.min() == 255
    inner = MEDIUM.fit(pixels, contract(crop=0.5, shape=(None, 8, 24, 3)).inputs[0])
    assert (inner[:, :2].max(), inner[:, 8:16].min()) == (0, 255)
    assert MEDIUM.fit(pixels, contract().inputs[0]).min() == 0  # without one all is taken


def test_channels_mean_and_deviation() -> None:
    pixels = np.array([10, 20, 30], np.uint8).reshape(1, 1, 1, 3)
    assert MEDIUM.finish(pixels, contract(channels="BGR", range=(0.0, 255.0)).inputs[0]).ravel().tolist() == [
        30,
        20,
        10,
    ]
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    found = MEDIUM.finish(pixels, contract(mean=mean, std=std).inputs[0]).ravel()
    assert found == pytest.approx((np.array([10, 20, 30]) / 255 - mean) / np.array(std), rel=1e-6)


def test_a_file_is_decoded_as_its_pixels_are_fitted(tmp_path: Path) -> None:
    Image.fromarray(noise(30, 50)).save(tmp_path / "x.png")
    for spec in (contract().inputs[0], contract(crop=0.875, resize="bicubic").inputs[0]):
        assert np.array_equal(MEDIUM.load(tmp_path / "x.png", spec), MEDIUM.fit(noise(30, 50), spec))
