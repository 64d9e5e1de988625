"""Samples as arrays: taken as the model takes them, or refused by name and shape."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.shape import Shape
from edgekit.data.arrays import array_samples, fits, npz_samples
from edgekit.errors import DataError

PHOTOS = np.random.default_rng(0).integers(0, 256, [5, 12, 9, 3], np.uint8)
ROWS = np.arange(20, dtype=np.float32).reshape(5, 4)


def contract(kind: str = "tensor", **changes: Any) -> Contract:
    fields = {"dtype": "float32", "shape": (None, 4)} | changes
    return Contract(inputs=(InputSpec.of(kind, name="x", key="serving_x", **fields),), outputs=())


PHOTO_CONTRACT = contract("image", shape=(None, 8, 8, 3), range=(0.0, 1.0))
TEXT_CONTRACT = contract("text", dtype="string", shape=(None,))


def test_an_array_is_taken_as_it_is() -> None:
    samples = array_samples({"x": ROWS})
    np.testing.assert_array_equal(samples.read(1, 3, contract())["x"], ROWS[1:3])
    assert samples.names[:2] == ("row 0", "row 1")
    assert array_samples({"serving_x": ROWS}).read(0, 5, contract())["x"].shape == (5, 4)  # by the signature's name


def test_some_of_the_samples_in_any_order() -> None:
    samples = array_samples({"x": ROWS}, labels=[0, 1, 0, 1, 1], classes=("a", "b")).take([4, 1, 2])
    np.testing.assert_array_equal(samples.read(0, 3, contract())["x"], ROWS[[4, 1, 2]])
    assert (samples.labels, samples.names[0]) == ((1, 1, 0), "row 4")
    nothing = samples.take([])
    assert (len(nothing), nothing.read(0, 0, contract())["x"].shape) == (0, (0, 4))


def test_raw_photos_are_prepared_and_tensors_are_not() -> None:
    prepared = array_samples({"x": PHOTOS}).read(0, 5, PHOTO_CONTRACT)["x"]
    assert (prepared.shape, prepared.dtype.name) == ((5, 8, 8, 3), "float32")
    assert prepared.max() <= 1
    tensors = np.full((2, 8, 8, 3), 7.0, np.float32)
    assert array_samples({"x": tensors}).read(0, 2, PHOTO_CONTRACT)["x"].min() == 7


@pytest.mark.parametrize("texts", [["é", "b"], [b"\xc3\xa9", b"b"], np.array(["é", "b"], object)])
def test_texts_become_bytes(texts: Any) -> None:
    assert array_samples({"x": texts}).read(0, 2, TEXT_CONTRACT)["x"].tolist() == ["é".encode(), b"b"]


@pytest.mark.parametrize(
    ("array", "asked_of", "message"),
    [
        (ROWS[:, :3], contract(), r"float32 \[\?, 3\], the model takes float32 \[\?, 4\]"),
        (ROWS[:, 0], contract(), r"float32 \[\?\], the model"),
        (ROWS.astype(np.complex64), contract(), "complex64"),
        (ROWS, contract(dtype="int32"), "the model takes int32"),
        (ROWS, TEXT_CONTRACT, "the model takes strings"),
    ],
)
def test_what_the_model_does_not_take_is_refused(array: Any, asked_of: Contract, message: str) -> None:
    with pytest.raises(DataError, match=message):
        array_samples({"x": array}).read(0, 2, asked_of)


def test_an_array_that_is_missing_names_the_nearest() -> None:
    named = replace(contract(), inputs=(replace(contract().inputs[0], name="image", key="k"),))
    with pytest.raises(DataError, match=r"no array for input 'image'; did you mean 'imag'.*the data has: imag"):
        array_samples({"imag": ROWS}).read(0, 1, named)


@pytest.mark.parametrize("labels", [[0], [0] * 6])
def test_as_many_labels_as_samples(labels: list[int]) -> None:
    with pytest.raises(DataError, match=f"{len(labels)} labels for 5 samples"):
        array_samples({"x": ROWS}, labels=labels)
    assert array_samples({"x": ROWS}, labels=[0] * 5).labels == (0,) * 5


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_on_disk(save: Any, tmp_path: Path) -> None:
    save(tmp_path / "x.npz", x=ROWS, label=np.arange(5) % 3)
    samples = npz_samples(tmp_path / "x.npz")
    assert samples.labels == (0, 1, 2, 0, 1)
    np.testing.assert_array_equal(samples.take([3, 4, 1]).read(0, 3, contract())["x"], ROWS[[3, 4, 1]])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": ROWS, "label": np.arange(4)}, "4 labels for 5 samples"),
        ({"x": ROWS, "label": np.zeros(5)}, "'label' has to hold one integer"),
        ({"x": ROWS, "label": np.zeros((5, 2), int)}, "'label' has to hold one integer"),
        ({"x": ROWS, "y": ROWS[:2]}, "x: 5, y: 2"),
        ({"x": ROWS[:0]}, "at least one"),
        ({"x": np.array([object()])}, "Python objects"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(DataError, match=message):
        npz_samples(tmp_path / "x.npz")


def test_a_file_that_is_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(DataError, match=r"x\.npz is not an \.npz file"):
        npz_samples(tmp_path / "x.npz")


def test_the_digest_is_of_contents_choice_and_labels() -> None:
    samples = array_samples({"x": ROWS}, labels=[0, 1, 0, 1, 1])
    assert samples.digest() == array_samples({"x": ROWS}, labels=[0, 1, 0, 1, 1]).take(range(5)).digest()
    others = (
        array_samples({"x": ROWS + 1}, labels=[0, 1, 0, 1, 1]),
        array_samples({"x": ROWS}, labels=[0, 1, 0, 1, 0]),
        array_samples({"x": ROWS}),
        samples.take([1, 0, 2, 3, 4]),
    )
    assert len({samples.digest(), *(entry.digest() for entry in others)}) == 5


def test_contents_tell_rows_apart() -> None:
    samples = array_samples({"x": np.array([[1.0], [2.0], [1.0], [np.nan]])})
    assert samples.content(0) == samples.content(2)
    assert len({samples.content(index) for index in range(4)}) == 3


def test_a_preview_shows_photos_and_texts() -> None:
    samples = array_samples({"photo": PHOTOS, "words": ["a", "b", "c", "d", "é"], "x": ROWS})
    preview = samples.preview(4, contract())
    assert preview.text == "é"
    assert preview.picture is not None
    assert preview.picture.startswith("data:image/jpeg")
    assert array_samples({"x": ROWS}).preview(0, contract()) == type(preview)()


def test_another_process_reads_them_and_removes_nothing() -> None:
    samples = array_samples({"x": ROWS})
    copy = pickle.loads(pickle.dumps(samples))
    assert copy.scratch is None
    del copy
    np.testing.assert_array_equal(samples.read(0, 5, contract())["x"], ROWS)


@pytest.mark.parametrize(
    ("shape", "spec", "fit"),
    [
        ((7, 4), (None, 4), True),
        ((7, 4), (1, 4), True),  # whatever its batch
        ((7, 4), (None, None), True),
        ((7, 4), (None, 5), False),
        ((7,), (None, 4), False),
        ((), (), True),
    ],
)
def test_shapes_that_fit(shape: tuple[int, ...], spec: Shape, fit: bool) -> None:
    assert fits(shape, spec) == fit
