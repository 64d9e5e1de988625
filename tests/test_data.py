from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgekit.contract import Contract, InputSpec
from edgekit.data import file_folder, fit_to_model, load_samples, match_classes
from edgekit.errors import DataError, ModuleError
from edgekit.images import read_image, resize_image, scale_pixels
from edgekit.recipe import DataRecipe
from edgekit.splits import split_data, stratified_split
from edgekit.table_samples import TableSamples


def quiet(done: int, total: int) -> None:
    pass


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three classes of ten photos, no two alike."""
    generator = np.random.default_rng(0)
    for name in ("b", "a", "c"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index in range(10):
            pixels = generator.integers(0, 256, (12, 9, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{index}.png")
    return tmp_path / "photos"


def contract(**changes: object) -> Contract:
    fields = {"kind": "image", "dtype": "float32", "shape": (None, 8, 8, 3), "range": (0.0, 1.0)} | changes
    return Contract(inputs=(InputSpec(name="image", key="image", **fields),), outputs=())  # type: ignore[arg-type]


def test_class_folders(photos: Path) -> None:
    (photos / "a" / ".hidden").write_text("")
    (photos / ".git").mkdir()
    samples = file_folder(photos)
    assert samples.classes == ("a", "b", "c")
    assert len(samples) == 30
    assert samples.labels == (0,) * 10 + (1,) * 10 + (2,) * 10
    assert samples.names[10] == "b/0.png"


def test_an_empty_folder_and_an_empty_class(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"nothing is empty"):
        load_samples(tmp_path / "nothing")
    (photos / "zinnia").mkdir()
    with pytest.raises(DataError, match="'zinnia'"):
        load_samples(photos)


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


def test_labels_are_matched_by_name(photos: Path) -> None:
    samples = match_classes(file_folder(photos), ("c", "a", "b"))
    assert samples.labels == (1,) * 10 + (2,) * 10 + (0,) * 10
    with pytest.raises(DataError, match=r"no class 'c'"):
        match_classes(file_folder(photos), ("a", "b", "d"))


def test_a_csv_of_paths(photos: Path) -> None:
    (photos / "list.csv").write_text("image,label\na/0.png,x\nb/1.png,y\n")
    samples = load_samples(photos / "list.csv")
    assert (samples.names, samples.labels, samples.classes) == (("a/0.png", "b/1.png"), (0, 1), ("x", "y"))
    (photos / "list.csv").write_text("image,label\na/0.png,x\nb/99.png,y\n")
    with pytest.raises(DataError, match=r"row 3, column 'image': there is no file .*99\.png"):
        load_samples(photos / "list.csv")


def test_arrays_on_disk(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((20, 8, 8, 3), np.float32)
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", image=values, label=np.arange(20) % 3)
        samples = load_samples(tmp_path / "x.npz")
        assert samples.labels == tuple((np.arange(20) % 3).tolist())
        np.testing.assert_array_equal(samples.take([3, 4, 9]).read(0, 3, contract())["image"], values[[3, 4, 9]])
    np.savez(tmp_path / "x.npz", image=values, label=np.arange(19))
    with pytest.raises(DataError, match="19 labels for 20 samples"):
        load_samples(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", image=np.array([object()]))
    with pytest.raises(DataError, match="Python objects"):
        load_samples(tmp_path / "x.npz")
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(DataError, match=r"x\.npz is not an \.npz file"):
        load_samples(tmp_path / "x.npz")


def test_shapes_that_do_not_fit_are_both_shown() -> None:
    samples = load_samples({"image": np.zeros([2, 4, 4, 3], np.float32)})
    with pytest.raises(DataError, match=r"\[\?, 4, 4, 3\].*\[\?, 8, 8, 3\]"):
        fit_to_model(samples, contract())


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


def test_samples_are_read_from_what_was_prepared(photos: Path, tmp_path: Path) -> None:
    from edgekit.table_samples import prepare

    samples = file_folder(photos)
    prepared = prepare(samples, contract(), tmp_path, "p", quiet)
    assert isinstance(prepared, TableSamples)
    shutil.rmtree(photos / "c")
    np.testing.assert_array_equal(
        prepared.take([1, 0]).read(0, 2, contract())["image"], samples.take([1, 0]).read(0, 2, contract())["image"]
    )
    assert prepared.read(25, 30, contract())["image"].shape == (5, 8, 8, 3)
