"""Answers of a device are kept until all are there: a lost connection costs only what was asked last."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import DataError, ReachError
from edgekit.evaluation.answer_cache import KeptAnswers
from edgekit.system.digests import value_digest

KEY = value_digest("a device, an artifact and samples")
ANSWERS = {"y": np.arange(6.0).reshape(2, 3)}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGEKIT_CACHE", str(tmp_path))
    return tmp_path


def test_a_lost_device_is_asked_only_what_is_missing() -> None:
    answers = KeptAnswers(KEY, 4)
    answers.keep(0, ANSWERS)
    with pytest.raises(ReachError, match="2 of 4 samples are answered") as caught, answers.resumable():
        raise ReachError("it is gone")
    assert str(caught.value).startswith("it is gone")
    again = KeptAnswers(KEY, 4)
    batch = again.get(0)
    assert batch is not None
    np.testing.assert_array_equal(batch["y"], ANSWERS["y"])
    assert again.get(2) is None
    assert KeptAnswers(value_digest("another device"), 4).get(0) is None


def test_when_all_are_there_they_are_forgotten(cache: Path) -> None:
    answers = KeptAnswers(KEY, 2)
    with answers.resumable():
        answers.keep(0, ANSWERS)
        assert list(cache.rglob("*.npz"))
    assert not list(cache.rglob("*.npz"))


def test_another_error_keeps_them_and_gives_no_advice() -> None:
    answers = KeptAnswers(KEY, 4)
    answers.keep(0, ANSWERS)
    with pytest.raises(DataError) as caught, answers.resumable():
        raise DataError("broken")
    assert str(caught.value) == "broken"
    assert KeptAnswers(KEY, 4).get(0) is not None


def test_of_this_machine_nothing_is_kept(cache: Path) -> None:
    answers = KeptAnswers(None, 4)
    answers.keep(0, ANSWERS)
    assert answers.get(0) is None
    with pytest.raises(ReachError) as caught, answers.resumable():
        raise ReachError("it is gone")
    assert str(caught.value) == "it is gone"
    assert not list(cache.rglob("*.npz"))


def test_a_damaged_answer_is_asked_again(cache: Path) -> None:
    KeptAnswers(KEY, 4).keep(0, ANSWERS)
    (file,) = cache.rglob("*.npz")
    file.write_bytes(b"half")
    assert KeptAnswers(KEY, 4).get(0) is None


def test_strings_are_asked_again(cache: Path) -> None:
    KeptAnswers(KEY, 4).keep(0, {"y": np.array(["a", "b"], object)})
    assert not list(cache.rglob("*.npz"))
