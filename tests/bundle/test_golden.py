"""Golden vectors: chosen by class and weight, read back as they were written, and limits that a fault exceeds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgekit.bundle.golden import COUNT, GOLDEN_FILE, Golden, read_golden, write_golden
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.npy import open_npy
from edgekit.errors import BundleError
from edgekit.evaluation.reference import Answers
from edgekit.system.files import read_json

CONTRACT = Contract(
    inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),),
    outputs=(OutputSpec(name="y", meaning="tensor", dtype="float32", shape=(None, 1), key="y"),),
)
ROWS = np.arange(40, dtype=np.float32).reshape(20, 2)
SUMS = ROWS.sum(1, keepdims=True)


def answers(folder: Path) -> Answers:
    """The original's answers to all samples, as a comparison keeps them."""
    np.save(folder / "0.npy", SUMS)
    return Answers(outputs={"y": open_npy(folder / "0.npy")})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_golden(tmp_path / "golden", array_samples({"x": ROWS}), answers(tmp_path), CONTRACT)
    return tmp_path / "golden"


def test_what_is_written_is_read(folder: Path) -> None:
    golden = read_golden(folder)
    assert len(golden.samples) == COUNT
    inputs = golden.samples.read(0, COUNT, CONTRACT)["x"]
    np.testing.assert_array_equal(inputs.sum(1, keepdims=True), golden.answers["y"])
    assert golden.labels == (None,) * COUNT


def test_a_fault_exceeds_the_limit_and_a_rounding_does_not(folder: Path) -> None:
    golden = read_golden(folder)
    (limit,) = golden.limits({"y": 0.5}).values()
    largest = float(np.abs(golden.answers["y"]).max())
    assert 2 * 0.5 < limit < 2 * 0.5 + 0.01 * largest
    assert golden.limits({"y": 0.0})["y"] > 0.0


def test_damage_is_named(folder: Path) -> None:
    (folder / "original-0.npy").write_bytes(b"no array")
    with pytest.raises(BundleError, match=r"golden\.json is damaged") as caught:
        read_golden(folder)
    assert caught.value.path == folder / GOLDEN_FILE


def test_a_file_elsewhere_is_refused(folder: Path) -> None:
    value = read_json(folder / GOLDEN_FILE)
    assert value is not None
    value["samples"][0]["inputs"]["x"]["array"] = "../0-x.npy"
    (folder / GOLDEN_FILE).write_text(json.dumps(value))
    with pytest.raises(BundleError, match="names a file elsewhere"):
        read_golden(folder)


def test_each_class_has_its_turn(tmp_path: Path) -> None:
    classes = ("daisy", "rose", "tulip")
    samples = array_samples({"x": ROWS}, labels=[0] * 15 + [1] * 3 + [2] * 2, classes=classes)
    write_golden(tmp_path / "golden", samples, answers(tmp_path), CONTRACT)
    counts = [read_golden(tmp_path / "golden").labels.count(name) for name in classes]
    assert counts == [3, 3, 2]
    assert sum(counts) == COUNT
    assert isinstance(read_golden(tmp_path / "golden"), Golden)
