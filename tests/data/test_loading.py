from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.data.loading import file_folder, fit_to_model, load_samples, match_classes
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError


def quiet(done: int, total: int) -> None:
    pass


def contract(**changes: object) -> Contract:
    fields = {"dtype": "float32", "shape": (None, 8, 8, 3), "range": (0.0, 1.0)} | changes
    return Contract(inputs=(InputSpec.of("image", name="image", key="image", **fields),), outputs=())  # type: ignore[arg-type]


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


def test_labels_are_matched_by_name(photos: Path) -> None:
    samples = match_classes(file_folder(photos), ("c", "a", "b"))
    assert samples.labels == (1,) * 10 + (2,) * 10 + (0,) * 10
    with pytest.raises(DataError, match=r"no class 'c'"):
        match_classes(file_folder(photos), ("a", "b", "d"))


def test_classes_of_other_models_do_for_calibration() -> None:
    scores = OutputSpec(name="y", meaning="logits", dtype="float32", shape=(None, 2), key="y", labels=("a", "b"))
    spec = InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 3), key="x")
    contract = Contract(inputs=(spec,), outputs=(scores,))
    samples = load_samples({"x": np.zeros((2, 3), np.float32), "label": [5, 6]})
    with pytest.raises(DataError, match="label 6 is out of range"):
        fit_to_model(samples, contract)
    unlabelled = fit_to_model(samples, contract, labelled=False)
    assert (len(unlabelled), unlabelled.labels, unlabelled.classes) == (2, None, None)
    good = load_samples({"x": np.zeros((2, 3), np.float32), "label": [0, 1]})
    assert fit_to_model(good, contract, labelled=False).labels == (0, 1)
    wrong = load_samples({"x": np.zeros((2, 4), np.float32)})
    with pytest.raises(DataError):
        fit_to_model(wrong, contract, labelled=False).read(0, 1, contract)


def test_shapes_that_do_not_fit_are_both_shown() -> None:
    samples = load_samples({"image": np.zeros([2, 4, 4, 3], np.float32)})
    with pytest.raises(DataError, match=r"\[\?, 4, 4, 3\].*\[\?, 8, 8, 3\]"):
        fit_to_model(samples, contract())


def test_samples_are_read_from_what_was_prepared(photos: Path, tmp_path: Path) -> None:
    from edgekit.data.tables import prepare

    samples = file_folder(photos)
    prepared = prepare(samples, contract(), tmp_path, "p", quiet)
    assert isinstance(prepared, TableSamples)
    shutil.rmtree(photos / "c")
    np.testing.assert_array_equal(
        prepared.take([1, 0]).read(0, 2, contract())["image"], samples.take([1, 0]).read(0, 2, contract())["image"]
    )
    assert prepared.read(25, 30, contract())["image"].shape == (5, 8, 8, 3)


def test_data_that_is_nowhere_is_told_with_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "photos.npz").touch()
    with pytest.raises(DataError, match=r"no data at .*fotos.npz; did you mean 'photos.npz'\?"):
        load_samples(tmp_path / "fotos.npz")
    with pytest.raises(DataError, match=r"no data at .*zebra; give a folder of class folders, a .csv or an .npz file"):
        load_samples(tmp_path / "zebra")
