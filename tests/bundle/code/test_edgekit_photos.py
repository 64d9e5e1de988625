"""Photos in a bundle's own code: prepared to the bit as edgekit itself prepares them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edgekit.bundle import build as making
from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of


@pytest.fixture(scope="module")
def photos() -> Any:
    """The module, loaded as from a bundle: by its path, without edgekit's packages."""
    path = Path(making.__file__).parent / "code" / "edgekit_photos.py"
    spec = importlib.util.spec_from_file_location("edgekit_photos", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def spec_of(**changes: Any) -> dict[str, Any]:
    fields = {"kind": "image", "dtype": "float32", "shape": [None, 32, 48, 3], "key": "x", "range": [0.0, 1.0]}
    return fields | changes


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"crop": 0.875},
        {"resize": "nearest"},
        {"resize": "lanczos", "crop": 1.0},
        {"resize": "bilinear", "antialias": False},
        {"resize": "mediapipe"},
        {"channels": "BGR", "range": [-1.0, 1.0]},
        {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        {"shape": [None, 32, 48, 1]},
        {"dtype": "uint8", "range": [0.0, 255.0]},
    ],
)
def test_its_preprocessing_is_ours_to_the_bit(how: dict[str, Any], tmp_path: Path, photos: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, [61, 97, 3], np.uint8)).save(tmp_path / "x.png", exif=exif)
    Image.fromarray(rng.integers(0, 65536, [61, 97], np.uint16)).save(tmp_path / "y.png")
    settings = spec_of(**how)
    spec = Contract.from_json({"signature": "", "inputs": {"x": settings}, "outputs": {}}).input("x")
    for photo in (tmp_path / "x.png", tmp_path / "y.png"):
        ours: NDArray[Any] = medium_of(spec).finish(medium_of(spec).load(photo, spec), spec)
        theirs = photos.scaled(photos.fitted(photos.picture(photo), settings), settings)
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)
    other = spec.with_settings(range=(0.0, 0.5))
    assert spec.dtype == "uint8" or not np.array_equal(
        theirs, medium_of(other).finish(medium_of(other).load(photo, other), other)
    )


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1"])
def test_photos_of_any_mode_are_decoded_as_ours(mode: str, tmp_path: Path, photos: Any) -> None:
    level = np.random.default_rng(0).integers(0, 256, [40, 50], np.uint8)
    path = tmp_path / ("x.tif" if mode == "CMYK" else "x.png")
    Image.fromarray(level).convert(mode).save(path)
    spec = Contract.from_json({"signature": "", "inputs": {"x": spec_of()}, "outputs": {}}).input("x")
    assert np.array_equal(photos.fitted(photos.picture(path), spec_of()), medium_of(spec).load(path, spec))


def test_pixels_are_taken_as_files_are(tmp_path: Path, photos: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, [40, 30, 3], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    decoded = np.asarray(photos.picture(tmp_path / "x.png"))
    for photo in (pixels, pixels[None], Image.fromarray(pixels), Image.fromarray(pixels).convert("RGBA")):
        assert np.array_equal(np.asarray(photos.picture(photo)), decoded)


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 4), (2, 8, 8, 3), (0,)])
def test_an_array_that_is_no_photo_is_refused(shape: tuple[int, ...], photos: Any) -> None:
    with pytest.raises(ValueError, match="pixels are uint8"):
        photos.picture(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("resize", ["bilinear", "nearest", "mediapipe"])
def test_a_single_pixel_fills_the_input(resize: str, photos: Any) -> None:
    spec = spec_of(resize=resize, crop=0.5)
    assert (photos.fitted(Image.new("RGB", (1, 1), (9, 8, 7)), spec) == [9, 8, 7]).all()
