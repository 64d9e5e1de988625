"""Photos in files: upright and in RGB, whatever they were, or refused by name."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgekit.data.photos import files as photo_files
from edgekit.data.photos.files import open_image, read_image, shorter_side, thumbnail
from edgekit.errors import DataError


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


def test_16_bits_of_grey_keep_their_upper_8(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 256, 51200, 65535]], np.uint16)).save(tmp_path / "x.png")
    assert read_image(tmp_path / "x.png")[0, :, 0].tolist() == [0, 1, 200, 255]


def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("L", (2, 2), level) for level in (10, 200)]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    assert read_image(tmp_path / "x.gif").max() == 10


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n" + bytes(20), b"GIF89a", b"text"])
def test_a_broken_photo_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.jpg: not an image that can be read"):
        read_image(tmp_path / "x.jpg")


def test_a_truncated_photo_and_one_that_is_not_there(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)).save(tmp_path / "x.jpg")
    content = (tmp_path / "x.jpg").read_bytes()
    assert read_image(tmp_path / "x.jpg").shape == (40, 40, 3)
    (tmp_path / "x.jpg").write_bytes(content[: len(content) // 2])
    for name in ("x.jpg", "y.jpg"):
        with pytest.raises(DataError, match="not an image that can be read"):
            read_image(tmp_path / name)


def test_a_photo_that_is_too_large_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (10, 5)).save(tmp_path / "x.png")
    monkeypatch.setattr(photo_files, "MAX_PIXELS", 50)
    assert open_image(tmp_path / "x.png").size == (10, 5)
    monkeypatch.setattr(photo_files, "MAX_PIXELS", 49)
    with pytest.raises(DataError, match="10 x 5 pixels are more than 49"):
        read_image(tmp_path / "x.png")


@pytest.mark.parametrize(("size", "side"), [((10, 5), 5), ((5, 10), 5), ((1, 1), 1)])
def test_the_shorter_side(size: tuple[int, int], side: int, tmp_path: Path) -> None:
    Image.new("RGB", size).save(tmp_path / "x.png")
    assert shorter_side(tmp_path / "x.png") == side


@pytest.mark.parametrize(("size", "small"), [((400, 200), (160, 80)), ((20, 10), (20, 10)), ((1000, 1), (160, 1))])
def test_a_thumbnail_is_small_and_never_enlarged(size: tuple[int, int], small: tuple[int, int]) -> None:
    kind, _, content = thumbnail(np.full((size[1], size[0], 3), 90, np.uint8)).partition(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        assert image.size == small
        assert abs(np.asarray(image).astype(int) - 90).max() <= 2
