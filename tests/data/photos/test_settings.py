"""What is said of a photo: what no photo can have, what does not go together, and its size."""

from __future__ import annotations

from typing import Any

import pytest

from edgekit.contract.contract import InputSpec
from edgekit.contract.shape import Shape
from edgekit.data.photos.settings import MOST_PIXELS, PhotoSettings, image_size, settings_of
from edgekit.errors import ModuleError

SHAPE = (None, 8, 8, 3)


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({}, None),
        ({"size": (1, MOST_PIXELS)}, None),
        ({"size": (0, 8)}, "size"),
        ({"size": (8, MOST_PIXELS + 1)}, "size"),
        ({"size": (8,)}, "size"),
        ({"range": (-1.0, 1.0)}, None),
        ({"range": (1.0, 1.0)}, "range"),
        ({"range": (float("nan"), 1.0)}, "range"),
        ({"range": (0.0, float("inf"))}, "range"),
        ({"crop": 1.0}, None),
        ({"crop": 0.0}, "crop"),
        ({"crop": 1.01}, "crop"),
        ({"crop": float("nan")}, "crop"),
        ({"resize": "magic"}, "resize"),
        ({"channels": "GBR"}, "channels"),
        ({"mean": (0.5, 0.5)}, "mean"),
        ({"mean": ()}, "mean"),
        ({"mean": (0.5,), "std": (0.2,)}, None),
        ({"mean": (0.5,), "std": (0.2, 0.2, 0.2)}, "std"),
        ({"mean": (0.5,), "std": (0.0,)}, "std"),
        ({"std": (0.2,)}, "std"),
        ({"mean": (float("nan"),)}, "mean"),
        ({"mean": (0.5, 0.5, 0.5), "std": (0.2, float("nan"), 0.2)}, "std"),
        ({"mean": (0.5,), "std": (float("inf"),)}, "std"),
    ],
)
def test_the_first_field_that_no_photo_can_have(stated: dict[str, Any], field: str | None) -> None:
    assert PhotoSettings(**stated).senseless(SHAPE) == field


@pytest.mark.parametrize(
    ("shape", "field"),
    [((None, None, None, 3), None), ((None, 0, 8, 3), "shape"), ((None, 8, MOST_PIXELS + 1, 3), "shape"), ((), None)],
)
def test_shapes_that_no_photo_can_have(shape: Shape, field: str | None) -> None:
    assert PhotoSettings().senseless(shape) == field


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({}, None),
        ({"mean": (0.5,)}, "mean and std go together"),
        ({"std": (0.5,)}, "mean and std go together"),
        ({"mean": (0.5,), "std": (-1.0,)}, "std is above 0"),
        ({"mean": (0.5, 0.5, 0.5), "std": (0.2, float("nan"), 0.2)}, "std is above 0"),
        ({"mean": (), "std": ()}, None),  # which `senseless` refuses, by the mean
        ({"mean": (0.5,), "std": (0.2,)}, None),
        ({"resize": "bicubic", "antialias": False}, "antialias = false is for bilinear"),
        ({"resize": "bilinear", "antialias": False}, None),
        ({"resize": "nearest", "antialias": True}, "antialias = true: nearest"),
        ({"resize": "bicubic", "antialias": True}, None),
    ],
)
def test_what_a_recipe_says_has_to_go_together(stated: dict[str, Any], words: str | None) -> None:
    sentence = PhotoSettings(**stated).contradiction()
    assert (sentence is None) == (words is None)
    assert (words or "") in (sentence or "")


def photo(shape: Shape, **settings: Any) -> InputSpec:
    return InputSpec.of("image", name="photo", dtype="float32", shape=shape, key="x", **settings)


@pytest.mark.parametrize(
    ("shape", "size", "pixels"),
    [
        ((None, 24, 32, 3), None, (24, 32)),
        ((None, None, None, 3), (16, 20), (16, 20)),
        ((None, 24, None, 3), (16, 20), (16, 20)),
        ((None, 24, 32, 3), (16, 20), (24, 32)),  # what the model takes is what counts
    ],
)
def test_the_size_is_the_models_or_the_recipes(
    shape: Shape, size: tuple[int, int] | None, pixels: tuple[int, int]
) -> None:
    assert image_size(photo(shape, size=size)) == pixels


@pytest.mark.parametrize("shape", [(None, None, None, 3), (None, 24, None, 3), (None, 24), ()])
def test_a_size_that_nobody_says_is_asked_for(shape: Shape) -> None:
    with pytest.raises(ModuleError, match=r"size = \[HEIGHT, WIDTH\] under \[inputs\.photo\]"):
        image_size(photo(shape))


def test_an_input_of_another_medium_has_no_such_settings() -> None:
    assert settings_of(photo(SHAPE, crop=0.5)).crop == 0.5
    with pytest.raises(AssertionError, match="photo is no image"):
        settings_of(photo(SHAPE).of_medium("tensor"))
