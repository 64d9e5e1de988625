"""Parts of the samples: a class, a size or a column that suffers is found, and many looks are paid for."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.loading import load_samples
from edgekit.data.tables import TableSamples
from edgekit.evaluation.parity import parity
from edgekit.evaluation.slices import slices_of
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe

BOTH, LOST, WON = 3, 1, 2
IMAGE = Contract(
    inputs=(InputSpec.of("image", name="image", dtype="float32", shape=(None, 8, 8, 3), key="image"),), outputs=()
)


@pytest.fixture
def table(tmp_path: Path) -> TableSamples:
    """80 photos of two classes, two sizes, and by two kinds of light."""
    rows = []
    for number in range(80):
        side = 300 if number % 4 == 0 else 600
        Image.new("RGB", (side, side + 10)).save(tmp_path / f"{number}.png")
        rows.append((f"{number}.png", "ab"[number % 2], "night" if number < 20 else "day"))
    with (tmp_path / "data.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "label", "light"), *rows])
    found = load_samples(tmp_path / "data.csv")
    assert isinstance(found, TableSamples)
    return found


def test_a_column_that_suffers_is_the_worst(table: TableSamples) -> None:
    outcomes = np.where(np.arange(80) < 15, LOST, BOTH).astype(np.uint8)
    found, confidence = slices_of(table, outcomes, IMAGE, 0.95)
    assert {(each.by, each.value) for each in found} == {
        ("class", "a"),
        ("class", "b"),
        ("light", "night"),
        ("light", "day"),
        ("size", "256 to 511 pixels"),
        ("size", "512 to 1023 pixels"),
    }
    worst = found[0]
    assert (worst.by, worst.value, worst.samples) == ("light", "night", 20)
    assert (worst.drop, worst.right_to_wrong, worst.wrong_to_right) == (0.75, 15, 0)
    assert worst.drop_interval[0] > 0.25
    assert confidence == pytest.approx(1 - 0.05 / 6)


def test_many_looks_are_paid_for(table: TableSamples) -> None:
    """Without the correction about one in three of such data sets would have a slice that is worse than none."""
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(100):
        outcomes = rng.choice([BOTH, LOST, WON], 80, p=[0.8, 0.1, 0.1]).astype(np.uint8)
        found, _ = slices_of(table, outcomes, IMAGE, 0.95)
        alarms += any(each.drop_interval[0] > 0 for each in found)
    assert alarms <= 9  # 5 in 100, and what chance adds


def test_parity_names_the_class_that_suffers(tuned: TunedModel, demo_run: Path, held_out: TableSamples) -> None:
    """Two labels in each other's place: the drop is in two classes, and in no other."""
    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    output = artifact.contract.outputs[0]
    labels = list(output.labels or ())
    labels[0], labels[1] = labels[1], labels[0]
    contract = replace(artifact.contract, outputs=(replace(output, labels=tuple(labels)),))
    bare = replace(artifact, path=artifact.file, contract=contract)
    report = parity(tuned, bare, data=held_out, rule=ParityRecipe(max_drop=0.05))
    slices = report.to_json()["task"]["slices"]
    assert {each["value"] for each in slices[:2]} == set(labels[:2])
    assert slices[0]["drop"] > 0.8 > 0.1 > slices[2]["drop"]
    assert sum("beyond the limit of 0.05" in warning for warning in report.to_json()["warnings"]) == 2
    whole = parity(tuned, demo_run / "artifacts" / "tflite-fp32", data=held_out)
    assert all(each["drop"] == 0 for each in whole.to_json()["task"]["slices"])


def test_the_original_and_the_artifact_are_told_apart(
    tuned: TunedModel, demo_run: Path, held_out: TableSamples
) -> None:
    report = parity(tuned, demo_run / "artifacts" / "tflite-fp32", data=held_out)
    errors = report.to_json()["task"]["calibration_error"]
    assert 0 < errors["reference"] < 0.2
    assert errors["candidate"] == pytest.approx(errors["reference"], abs=1e-4)
