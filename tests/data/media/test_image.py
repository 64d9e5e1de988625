from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.media.image import MEDIUM
from edgekit.errors import ModuleError


def contract(**changes: object) -> Contract:
    fields = {"dtype": "float32", "shape": (None, 8, 8, 3), "range": (0.0, 1.0)} | changes
    return Contract(inputs=(InputSpec.of("image", name="image", key="image", **fields),), outputs=())  # type: ignore[arg-type]


@pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_pixels_are_mapped_to_the_range(value_range: tuple[float, float]) -> None:
    spec = contract(range=value_range).inputs[0]
    pixels = np.array([0, 255], np.uint8).reshape(1, 1, 2, 1).repeat(3, 3)
    found = MEDIUM.finish(pixels, spec)
    assert (found.min(), found.max(), found.dtype.name) == (*value_range, "float32")
    with pytest.raises(ModuleError, match=r"\[inputs\.image\].*of the recipe$"):
        MEDIUM.finish(pixels, contract(range=None).inputs[0])


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, [height, width, 3], np.uint8)


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


def test_channels_come_first_where_the_shape_or_the_recipe_says_so(tmp_path: Path) -> None:
    Image.fromarray(noise(30, 50)).save(tmp_path / "x.png")
    last = MEDIUM.with_defaults(contract(shape=(None, 8, 10, 3)).inputs[0])
    first = MEDIUM.with_defaults(contract(shape=(None, 3, 8, 10)).inputs[0])
    grey = MEDIUM.with_defaults(MEDIUM.with_recipe(contract(shape=(None, 1, 4, 4)).inputs[0], {"layout": "NCHW"}))
    assert [spec.medium.to_json().get("layout") for spec in (last, first, grey)] == [None, "NCHW", "NCHW"]
    assert [spec.medium.to_json()["size"] for spec in (last, first, grey)] == [[8, 10], [8, 10], [4, 4]]
    batches = [MEDIUM.finish(MEDIUM.load(tmp_path / "x.png", spec)[None], spec) for spec in (last, first, grey)]
    assert [batch.shape for batch in batches] == [(1, 8, 10, 3), (1, 3, 8, 10), (1, 1, 4, 4)]
    np.testing.assert_array_equal(np.moveaxis(batches[1], 1, -1), batches[0])
    assert MEDIUM.planned_shape(contract(shape=(None, 3, None, None), size=[8, 10], layout="NCHW").inputs[0])[2:] == (
        8,
        10,
    )


@pytest.mark.parametrize(
    ("shape", "taken"),
    [
        ((None, 8, 8, 3), True),
        ((None, 3, 224, 224), True),
        ((None, 3, None, None), True),
        ((None, 3, 3, 64), False),  # features of three rows
        ((None, 64, 8, 8), False),
        ((None, 3, 8), False),
    ],
)
def test_what_is_taken_for_a_photo(shape: tuple[int | None, ...], taken: bool) -> None:
    assert MEDIUM.guesses("float32", shape) == taken


def test_photos_whose_channels_come_first_are_not_augmented() -> None:
    with pytest.raises(ModuleError, match="NHWC only"):
        MEDIUM.augmenting(contract(shape=(None, 3, 8, 8), layout="NCHW").inputs[0], ["flip"], 0)
