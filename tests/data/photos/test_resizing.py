"""Cropping, resizing and scaling of pixels, against the definitions and against TensorFlow's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edgekit.data.photos.resizing import RESIZES, fitted, in_channels, scaled
from edgekit.system.optional import tensorflow


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, [height, width, 3], np.uint8)


def fit(pixels: NDArray[np.uint8], size: tuple[int, int], **settings: Any) -> NDArray[np.uint8]:
    defaults: dict[str, Any] = {"crop": None, "resize": None, "antialias": None}
    return fitted(Image.fromarray(pixels), size, **(defaults | settings))


@pytest.mark.parametrize("resize", [None, *RESIZES])
@pytest.mark.parametrize("size", [(8, 8), (37, 53), (1, 1), (60, 20)])
def test_every_filter_gives_the_size(resize: str | None, size: tuple[int, int]) -> None:
    pixels = fit(noise(37, 53), size, resize=resize)
    assert (pixels.shape, pixels.dtype.name) == ((*size, 3), "uint8")
    assert np.array_equal(pixels, noise(37, 53)) == (size == (37, 53))


@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1)])
def test_one_colour_stays_that_colour(resize: str, shape: tuple[int, int]) -> None:
    grey = np.full((*shape, 3), 77, np.uint8)
    assert (fit(grey, (4, 6), resize=resize) == 77).all()
    assert (fit(grey, (4, 6), resize=resize, crop=0.5) == 77).all()


def test_resizing_is_antialiased() -> None:
    stripes = np.zeros([64, 64, 3], np.uint8)
    stripes[:, ::2] = 255
    assert abs(int(fit(stripes, (8, 8))[4, 4, 0]) - 127) < 20
    assert fit(stripes, (8, 8), resize="nearest")[4, 4, 0] in (0, 255)  # which the nearest pixel alone is


@pytest.mark.parametrize("size", [(8, 8), (13, 40), (100, 60)])
def test_bilinear_without_antialiasing_is_tensorflows(size: tuple[int, int]) -> None:
    pixels = noise(37, 53)
    reference = tensorflow().image.resize(pixels, size).numpy()  # half-pixel centres, no antialiasing
    assert np.abs(fit(pixels, size, resize="bilinear", antialias=False) - reference).max() <= 0.5 + 1e-3  # ours: whole
    antialiased = np.abs(fit(pixels, size) - reference).max()
    assert (antialiased > 5) == (size != (100, 60))  # the same where it enlarges


@pytest.mark.parametrize(("resize", "theirs"), [("bilinear", "bilinear"), ("lanczos", "lanczos3")])
def test_antialiased_filters_are_near_tensorflows(resize: str, theirs: str) -> None:
    reference = tensorflow().image.resize(noise(37, 53), (8, 8), method=theirs, antialias=True).numpy()
    assert np.abs(fit(noise(37, 53), (8, 8), resize=resize) - np.clip(reference, 0, 255)).max() <= 2


def test_as_mediapipe_resizes() -> None:
    """Whole positions, in 32nds: of four pixels that become three, the second lies a third between two."""
    pixels = np.array([0, 96, 192, 255], np.uint8).reshape(1, 4, 1).repeat(3, 2)
    resized = fit(pixels, (1, 3), resize="mediapipe")
    assert resized[0, :, 0].tolist() == [0, round(96 + 96 * 11 / 32), round(192 + 63 * 21 / 32)]
    centred = fit(pixels, (1, 3), resize="bilinear", antialias=False)
    assert centred[0, :, 0].tolist() != resized[0, :, 0].tolist()


def test_a_crop_takes_the_middle_in_the_inputs_aspect() -> None:
    pixels = np.zeros([40, 100, 3], np.uint8)
    pixels[:, 30:70] = 255
    assert fit(pixels, (8, 8), crop=1.0).min() == 255
    inner = fit(pixels, (8, 24), crop=0.5)
    assert (inner[:, :2].max(), inner[:, 8:16].min()) == (0, 255)
    assert fit(pixels, (8, 8)).min() == 0  # without one all is taken


@pytest.mark.parametrize(("width", "height"), [(1, 500), (500, 1), (1, 1)])
def test_a_crop_takes_a_pixel_at_least(width: int, height: int) -> None:
    assert fit(noise(height, width), (8, 8), crop=0.01).shape == (8, 8, 3)


def test_channels_are_as_they_are_or_turned_or_grey() -> None:
    pixels = np.array([[[10, 20, 30], [255, 255, 255]]], np.uint8)
    assert in_channels(pixels, 3, "RGB") is pixels
    assert in_channels(pixels, 3, None) is pixels
    assert in_channels(pixels, 3, "BGR")[0, 0].tolist() == [30, 20, 10]
    grey = in_channels(pixels, 1, None)
    assert (grey.shape, grey.ravel().tolist()) == ((1, 2, 1), [round(2.99 + 11.74 + 3.42), 255])


@pytest.mark.parametrize("limits", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_ends_of_the_range_are_met(limits: tuple[float, float], dtype: str) -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    values = scaled(pixels, limits, dtype)
    assert (values.min(), values.max(), values.dtype.name) == (*limits, dtype)
    assert (np.diff(values[0, :, 0]) > 0).all()


def test_mean_and_deviation_are_of_each_channel_after_the_range() -> None:
    pixels = np.array([10, 20, 30], np.uint8).reshape(1, 1, 3)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    values = scaled(pixels, (0.0, 1.0), "float32", mean=mean, std=std)
    assert values.ravel() == pytest.approx((np.array([10, 20, 30]) / 255 - mean) / np.array(std), rel=1e-6)
    assert scaled(pixels, (0.0, 1.0), "float32", mean=mean).ravel() == pytest.approx(pixels.ravel() / 255)  # not alone


def test_no_pixels_are_no_values() -> None:
    assert scaled(np.zeros((0, 4, 4, 3), np.uint8), (0.0, 1.0), "float32").shape == (0, 4, 4, 3)
