from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.loading import file_folder
from edgekit.data.splits import split_data, stratified_split
from edgekit.errors import DataError
from edgekit.recipe.recipe import DataRecipe


def quiet(done: int, total: int) -> None:
    pass


def contract(**changes: object) -> Contract:
    fields = {"dtype": "float32", "shape": (None, 8, 8, 3), "range": (0.0, 1.0)} | changes
    return Contract(inputs=(InputSpec.of("image", name="image", key="image", **fields),), outputs=())  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_the_split_is_stratified_and_repeatable(photos: Path, share: float) -> None:
    samples = file_folder(photos)
    train, held_out = stratified_split(samples, share, seed=1)
    assert held_out.labels is not None
    assert np.bincount(held_out.labels).tolist() == [round(share * 10)] * 3
    assert not set(train.names) & set(held_out.names)
    assert set(train.names) | set(held_out.names) == set(samples.names)
    assert stratified_split(samples, share, seed=1)[1].names == held_out.names
    assert stratified_split(samples, share, seed=2)[1].names != held_out.names


def test_copies_stay_in_one_half(photos: Path) -> None:
    for index in range(9):
        shutil.copy(photos / "a" / "0.png", photos / "a" / f"copy{index}.png")
    train, held_out = stratified_split(file_folder(photos), 0.3, seed=0)
    sides = [{name for name in part.names if "copy" in name or name == "a/0.png"} for part in (train, held_out)]
    assert sorted(map(len, sides)) == [0, 10]


def test_a_class_that_is_too_small(photos: Path) -> None:
    for file in sorted((photos / "c").iterdir())[1:]:
        file.unlink()
    with pytest.raises(DataError, match=r"class 'c' has 1 different sample"):
        stratified_split(file_folder(photos), 0.2, seed=0)


def test_a_test_set_that_overlaps_is_refused(photos: Path, tmp_path: Path) -> None:
    shutil.copytree(photos, tmp_path / "test")
    with pytest.raises(DataError, match="is also a training sample"):
        split_data(DataRecipe(train=str(photos), test=str(tmp_path / "test")), tmp_path, quiet)


def test_bad_photos_are_named_or_skipped(photos: Path, tmp_path: Path) -> None:
    (photos / "b" / "3.png").write_bytes(b"not an image")
    with pytest.raises(DataError, match=r"b/3\.png: not an image"):
        file_folder(photos).read(0, 30, contract())
    split = split_data(DataRecipe(train=str(photos), skip_bad=True), tmp_path, quiet)
    assert len(split.skipped) == 1
    assert "b/3.png" in split.skipped[0]


def test_the_same_content_under_two_classes_trains_and_does_not_judge(tmp_path: Path) -> None:
    rows = [f"text {number},{'ab'[number % 2]}" for number in range(20)]
    (tmp_path / "texts.csv").write_text(
        "\n".join(["text,label", *rows, ",a", ",b", "same,a", "same,b", "same,b"]) + "\n"
    )
    for seed in range(5):
        split = split_data(DataRecipe(train="texts.csv", validation=0.4, seed=seed), tmp_path, quiet)
        assert split.contradictory == 5
        assert len(split.held_out) == 8
        assert all("text" in name for name in split.held_out.names)
