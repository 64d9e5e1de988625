"""A job: one variant's failure is told as its own, and samples that calibrate are drawn by the seed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract
from edgekit.conversion.job import Job, calibration_subset
from edgekit.data.loading import load_samples
from edgekit.errors import ConversionError, MissingExtraError
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.recipe.variants import parse_variant

SAMPLES = load_samples({"x": np.arange(40, dtype=np.float32).reshape(20, 2)})


class Children:
    """Child processes that fail."""

    def __init__(self, error: BaseException) -> None:
        self.error, self.work, self.ended = error, list[str](), False

    def submit(self, work: Callable[..., Any], *_: Any) -> Future[Any]:
        self.work.append(work.__name__)
        raise self.error

    def shutdown(self, **_: Any) -> None:
        self.ended = True


def job(folder: Path, children: Any) -> Job:
    (folder / "model").mkdir()
    model = TunedModel(path=folder / "model", contract=Contract(inputs=(), outputs=()))
    return Job(model, SAMPLES, ConversionRecipe(), folder, folder / "out", children, False)


def test_a_failure_is_that_of_its_variants_in_their_order(tmp_path: Path) -> None:
    children = Children(ConversionError("the graph cannot be frozen"))
    variants = [parse_variant(name) for name in ("onnx-int8", "tflite-fp32")]
    steps: list[tuple[int, int]] = []
    conversions = job(tmp_path, children).run(variants, lambda done, total, name: steps.append((done, total)))
    assert [conversion.variant for conversion in conversions] == variants
    assert [conversion.error for conversion in conversions] == ["the graph cannot be frozen"] * 2
    assert [conversion.artifact for conversion in conversions] == [None, None]
    assert children.work == ["freeze"]
    assert steps == [(0, 2), (1, 2), (2, 2)]


def test_an_error_of_another_kind_has_its_class(tmp_path: Path) -> None:
    (conversion,) = job(tmp_path, Children(ValueError("no\nmore"))).run([parse_variant("tflite-fp32")], lambda *_: None)
    assert conversion.error == "ValueError: no"


def test_what_is_not_installed_ends_the_job(tmp_path: Path) -> None:
    children = Children(MissingExtraError("converting", missing="tensorflow", extra="convert"))
    with pytest.raises(MissingExtraError, match="tensorflow"):
        job(tmp_path, children).run([parse_variant("tflite-fp32")], lambda *_: None)
    assert children.ended


def test_no_variant_is_no_work(tmp_path: Path) -> None:
    children = Children(ValueError("it was started"))
    assert job(tmp_path, children).run([], lambda *_: None) == []
    assert children.work == []


def test_samples_that_calibrate_are_drawn_by_the_seed() -> None:
    subset = calibration_subset(SAMPLES, 5, seed=0)
    assert len(subset) == 5
    assert subset.names == calibration_subset(SAMPLES, 5, seed=0).names
    assert subset.names != calibration_subset(SAMPLES, 5, seed=1).names
    assert len(set(subset.names)) == 5
    assert calibration_subset(SAMPLES, 20, seed=0) is SAMPLES
