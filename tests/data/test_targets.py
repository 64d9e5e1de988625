"""Labels of which several apply, and values: from a CSV file to a verdict."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.data.loading import load_samples
from edgekit.data.targets import LABELS, VALUES, array_targets, label_targets, value_targets
from edgekit.errors import DataError
from edgekit.evaluation.metrics.nmae import increase_gate
from edgekit.evaluation.parity import parity
from edgekit.models.artifact import load_artifact
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.system.optional import tensorflow
from tests.hub_modules import save_module, weights

RECIPE = """
name = "shapes"
[inputs.features]
module = "module"
[head]
task = "{task}"
[data]
train = "{data}"
validation = 0.4
[train]
epochs = 30
learning_rate = 2e-2
[variants]
build = ["tflite-fp32", "tflite-int8", "onnx-fp32"]
calibration = 40
[parity]
max_drop = 0.1
"""
COUNT = 300


def write_module(folder: Path) -> None:
    tf = tensorflow()
    kernel = weights(6, 16, seed=1)
    save_module(
        folder / "module",
        {"x": ("float32", (None, 6))},
        {"default": ("float32", (None, 16))},
        lambda given: {"default": tf.nn.relu(given["x"] @ kernel)},
        [kernel],
    )


def inputs() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).normal(size=(COUNT, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, x = tmp_path_factory.mktemp("labels"), inputs()
    write_module(folder)
    labels = np.stack([x[:, 0] > 0.3, x[:, 1] + x[:, 2] > 0, x[:, 3] > 1], 1)
    np.savez(folder / "data.npz", features=x, labels=labels.astype(np.uint8))
    (folder / "recipe.toml").write_text(RECIPE.format(task="multilabel", data="data.npz"))
    run(load_recipe(folder / "recipe.toml"), folder / "run")
    return folder


@pytest.fixture(scope="module")
def valued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, x = tmp_path_factory.mktemp("values"), inputs()
    write_module(folder)
    targets = np.stack([200 + 30 * x[:, 0], x[:, 1] - x[:, 2]], 1)
    np.savez(folder / "data.npz", features=x, target=targets.astype(np.float32))
    (folder / "recipe.toml").write_text(RECIPE.format(task="regression", data="data.npz"))
    run(load_recipe(folder / "recipe.toml"), folder / "run")
    return folder


def found(folder: Path) -> dict[str, Any]:
    document = json.loads((folder / "run" / "report.json").read_text())
    assert {entry["variant"]: entry["error"] for entry in document["artifacts"]} == dict.fromkeys(
        ("tflite-fp32", "tflite-int8", "onnx-fp32")
    )
    return {entry["variant"]: entry["parity"] for entry in document["artifacts"]}


def test_a_head_of_labels(labelled: Path) -> None:
    for variant, parity_report in found(labelled).items():
        task = parity_report["task"]
        assert (task["metric"], task["output"]) == ("exact_match", "scores")
        assert task["reference"] > 0.7
        assert task["drop_interval"][0] <= task["drop"] <= task["drop_interval"][1]
        assert list(task["f1"]) == ["0", "1", "2"]
        assert 0.8 < task["f1_macro"]["reference"] <= 1
        assert task["right_to_wrong"] is not None
        if variant != "tflite-int8":
            assert (parity_report["verdict"], task["agreement"]) == ("pass", 1.0)
    contract = load_artifact(labelled / "run" / "artifacts" / "tflite-fp32").contract
    assert contract is not None
    assert contract.multilabel is not None
    assert contract.classifier is None


def test_a_head_of_values_in_the_units_of_the_data(valued: Path) -> None:
    for variant, parity_report in found(valued).items():
        task = parity_report["task"]
        assert (task["metric"], task["output"]) == ("nmae", "values")
        assert 0 < task["reference"] < 0.5  # standard deviations of the targets
        assert task["reference_interval"][0] < task["reference"] < task["reference_interval"][1]
        if variant != "tflite-int8":
            assert parity_report["verdict"] == "pass"
            assert task["drop"] == pytest.approx(0, abs=1e-4)
    report = parity(valued / "run" / "model", valued / "run" / "artifacts" / "tflite-fp32", data=valued / "data.npz")
    assert report.to_json()["outputs"]["values"]["max_abs"] < 0.05  # of 200


def test_what_changed_is_said_in_words(labelled: Path, valued: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, words in ((labelled, "exact match: original"), (valued, "NMAE: original")):
        where = [str(folder / "run" / "model"), str(folder / "run" / "artifacts" / "tflite-int8")]
        assert main(["parity", *where, "--data", str(folder / "data.npz"), "--max-drop", "0.5"]) == 0
        told = capsys.readouterr().out
        assert words in told
        assert all(len(line) <= 80 for line in told.splitlines())
        html = (folder / "run" / "report.html").read_text()
        assert "not measured</span>%" not in html
    worst = found(valued)["tflite-int8"]["worst"][0]
    assert worst["reference"]["label"].startswith("0 ")
    assert worst["label"] != worst["candidate"]["label"]


def test_a_model_that_says_other_labels_fails(labelled: Path, tmp_path: Path) -> None:
    with np.load(labelled / "data.npz") as held:
        np.savez(
            tmp_path / "inputs.npz",
            features=held["features"],
            labels=np.ascontiguousarray(held["labels"][:, [1, 0, 2]]),
        )
    model, artifact = labelled / "run" / "model", labelled / "run" / "artifacts" / "tflite-fp32"
    report = parity(model, artifact, data=tmp_path / "inputs.npz")
    assert report.to_json()["task"]["reference"] < 0.5
    np.savez(tmp_path / "two.npz", features=inputs(), labels=np.ones([COUNT, 2], np.uint8))
    with pytest.raises(DataError, match="the data has 2 labels, the model's output 'scores' has 3"):
        parity(model, artifact, data=tmp_path / "two.npz")


def test_an_increase_is_judged_with_its_interval() -> None:
    draw = np.random.default_rng(0)
    before = np.abs(draw.normal(size=400))
    for grown, verdict in ((0.0, "pass"), (0.1, "inconclusive"), (0.3, "fail")):
        after = before + grown + draw.normal(0, 0.3, 400)
        gate = increase_gate(np.stack([before, after], 1), max_drop=0.1, confidence=0.95)
        assert (gate.verdict, gate.name) == (verdict, "error increase")
        assert gate.interval[0] < gate.value < gate.interval[1]
        assert (gate.needed_samples is None) == (verdict != "inconclusive") or grown == 0.1
    lost = np.stack([before, np.where(np.arange(400) == 3, np.inf, before)], 1)
    assert increase_gate(lost, max_drop=0.1, confidence=0.95).verdict != "pass"
    one = increase_gate(np.array([[0.1, 0.1]]), max_drop=0.1, confidence=0.95)
    assert one.verdict == "inconclusive"  # of one sample nothing is known


def test_intervals_of_an_increase_keep_their_coverage() -> None:
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        errors = np.zeros([60, 2])
        errors[:, 1] = draw.laplace(0.05, 0.2, 60)
        low, high = increase_gate(errors, max_drop=0.1, confidence=0.95).interval
        held += low <= 0.05 <= high
    assert 0.92 <= held / 300 <= 0.985


def table(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_columns_of_a_csv_file(tmp_path: Path) -> None:
    samples = load_samples(
        table(tmp_path / "a.csv", ["text", "labels"], [["x", "red; round"], ["y", ""], ["z", "red"]])
    )
    assert samples.targets is not None
    assert (samples.targets.kind, samples.targets.names) == (LABELS, ("red", "round"))
    assert samples.take([2, 0]).targets == label_targets(["red", "round;red"])
    values = load_samples(
        table(tmp_path / "b.csv", ["text", "target.x", "target.y"], [["a", "1", "2.5"], ["b", "-3", "4e1"]])
    )
    assert values.targets is not None
    assert (values.targets.names, values.targets.rows) == (("x", "y"), ((1.0, 2.5), (-3.0, 40.0)))
    assert (
        values.digest()
        != load_samples(table(tmp_path / "c.csv", ["text", "target"], [["a", "1"], ["b", "2"]])).digest()
    )


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (["text", "target"], [["a", "1"], ["b", "many"]], r"row 3, column 'target': 'many' is no number"),
        (["text", "target"], [["a", "nan"]], r"'nan' is no number"),
        (["text", "labels"], [["a", ""], ["b", " ; "]], "holds no label"),
        (["text", "labels", "target"], [["a", "x", "1"]], "says what is right, and there are several"),
        (["text", "target", "target.b"], [["a", "1", "2"]], "says what is right, and there are several"),
        (["text", "label", "labels"], [["a", "x", "x"]], "says what is right, and there are several"),
    ],
)
def test_columns_that_make_no_sense(header: list[str], rows: list[list[str]], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        load_samples(table(tmp_path / "x.csv", header, rows))


def test_arrays_that_make_no_sense(tmp_path: Path) -> None:
    both = {"x": np.zeros([3, 2]), "label": np.arange(3), "target": np.arange(3.0)}
    np.savez(tmp_path / "both.npz", **both)  # type: ignore[arg-type]  # the stub takes a name for its flag
    for data in (both, tmp_path / "both.npz"):
        with pytest.raises(DataError, match="says what is right, and there are several"):
            load_samples(data)
    with pytest.raises(DataError, match="1 where one applies"):
        array_targets(LABELS, np.array([[0, 2]]))
    with pytest.raises(DataError, match="finite numbers"):
        array_targets(VALUES, np.array(["x"]))
    swapped = value_targets({"a": ["1"], "b": ["2"]}).in_order(("b", "a"))
    assert (swapped.names, swapped.rows) == (("b", "a"), ((2.0, 1.0),))
    assert label_targets(["b", "a;b"]).in_order(("c", "b", "a")).rows == ((0.0, 1.0, 0.0), (0.0, 1.0, 1.0))
    with pytest.raises(DataError, match="no target 'c', which the model says"):
        value_targets({"a": ["1"]}).in_order(("a", "c"))
    with pytest.raises(DataError, match=r"row 1 is not finite"):
        array_targets(VALUES, np.array([1.0, np.nan]))
    with pytest.raises(DataError, match="one class for each sample is called label"):
        array_targets(LABELS, np.array([1, 0, 1]))
    with pytest.raises(DataError, match=r"no label 'rond'.*round"):
        label_targets(["rond"]).in_order(("red", "round"))


def test_a_task_without_its_targets(labelled: Path, tmp_path: Path) -> None:
    text = RECIPE.format(task="regression", data=labelled / "data.npz").replace('"module"', f'"{labelled / "module"}"')
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(DataError, match=r"task = 'regression' needs .* a column target"):
        run(load_recipe(tmp_path / "recipe.toml"), tmp_path / "run")


def test_what_is_predicted_and_shipped(
    labelled: Path, valued: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "one.npy", inputs()[0])
    np.save(tmp_path / "many.npy", inputs()[:3])
    artifact = str(labelled / "run" / "artifacts" / "tflite-fp32")
    assert main(["predict", artifact, str(tmp_path / "one.npy"), "--json"]) == 0
    top = json.loads(capsys.readouterr().out)["predictions"][0]["top"]
    assert {each["applies"] for each in top} <= {True, False}
    assert all(each["applies"] == (each["score"] >= 0.5) for each in top)
    assert main(["predict", artifact, str(tmp_path / "many.npy")]) == 2
    assert main(["predict", artifact, str(labelled / "data.npz"), "--json"]) == 0
    capsys.readouterr()
    values = str(valued / "run" / "artifacts" / "tflite-fp32")
    assert main(["predict", values, str(tmp_path / "one.npy"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["predictions"][0]["outputs"]
    assert list(said) == ["0", "1"]
    assert 100 < said["0"] < 300
    assert main(["bundle", values, "--out", str(tmp_path / "b.edgekit"), "--device", "pi4"]) == 0
    assert "no Kotlin or C++ goes along" in capsys.readouterr().err
    words = [sys.executable, str(tmp_path / "b.edgekit"), str(tmp_path / "one.npy"), "--json"]
    ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(ran.stdout)["predictions"][0]["outputs"]["values"] == pytest.approx(list(said.values()), rel=1e-4)
    refused = subprocess.run([*words[:2], str(tmp_path / "many.npy")], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "the model takes one sample of [None, 6]" in refused.stderr
    with zipfile.ZipFile(tmp_path / "b.edgekit") as bundle:
        assert "standard deviations of the targets" in bundle.read("CARD.md").decode()


def test_rows_that_trained_do_not_judge(valued: Path) -> None:
    report = parity(valued / "run" / "model", valued / "run" / "artifacts" / "tflite-fp32", data=valued / "data.npz")
    assert (report.to_json()["samples"], report.to_json()["left_out"]) == (COUNT * 4 // 10, COUNT * 6 // 10)


def test_a_target_that_does_not_vary_is_said_before_training(valued: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", features=inputs(), target=np.ones(COUNT, np.float32))
    text = RECIPE.format(task="regression", data="data.npz").replace('"module"', f'"{valued / "module"}"')
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(DataError, match="the target '0' does not vary"):
        run(load_recipe(tmp_path / "recipe.toml"), tmp_path / "run")
    assert not (tmp_path / "run" / "model").exists()
