"""Usual feedings: each is one that a recipe can state, and no two feed a model the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import InputSpec
from edgekit.contract.settings import Stated
from edgekit.data.media.image import MEDIUM
from edgekit.data.photos.feedings import COLOUR_FEEDINGS, GREY_FEEDINGS
from edgekit.data.photos.settings import PhotoSettings

PIXELS = np.array([[0, 128, 255], [10, 20, 30]], np.uint8).reshape(2, 1, 1, 3)


def problems(feedings: Mapping[str, Stated], channels: int) -> list[str]:
    """Return which feedings cannot be stated, or feed as an earlier one does."""
    sentences, earlier = [], set()
    for name, stated in feedings.items():
        settings = PhotoSettings(**stated)
        if settings.contradiction() or settings.senseless((None, 8, 8, channels)):
            sentences.append(f"{name} cannot be stated")
            continue
        spec = InputSpec.of("image", name="x", dtype="float32", shape=(None, 1, 1, channels), key="x", **stated)
        prepared = MEDIUM.finish(PIXELS, spec).tobytes()
        if prepared in earlier:
            sentences.append(f"{name} feeds as another does")
        earlier.add(prepared)
    return sentences


@pytest.mark.parametrize(("feedings", "channels"), [(COLOUR_FEEDINGS, 3), (GREY_FEEDINGS, 1)])
def test_each_feeding_can_be_stated_and_is_of_its_own(feedings: Mapping[str, Stated], channels: int) -> None:
    assert problems(feedings, channels) == []


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"range": (0.0, 1.0)}, "more feeds as another does"),  # RGB is what nobody says
        ({"range": (1.0, 0.0)}, "more cannot be stated"),
        ({"range": (0.0, 1.0), "mean": (0.5, 0.5, 0.5)}, "more cannot be stated"),
    ],
)
def test_a_feeding_too_many_is_noticed(stated: dict[str, Any], sentence: str) -> None:
    assert problems({**COLOUR_FEEDINGS, "more": stated}, 3) == [sentence]


def test_names_tell_the_range_and_the_order() -> None:
    for name, stated in COLOUR_FEEDINGS.items():
        assert name.endswith(stated["channels"])
    for name, stated in GREY_FEEDINGS.items():
        assert name == "[{:g}, {:g}]".format(*stated["range"])
        assert "channels" not in stated
