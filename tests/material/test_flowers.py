"""The main job on the real module and the real photos."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.data.splits import split_data
from edgekit.data.tables import TableSamples
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import Recipe
from edgekit.system.cache import filled
from tests.environments import example


@pytest.fixture(scope="module")
def recipe(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    return load_recipe(example("flowers", material, tmp_path_factory.mktemp("flowers")))


@pytest.fixture(scope="module")
def flowers_run(recipe: Recipe, shared_folder: Path) -> Path:
    def fill(folder: Path) -> None:
        run(recipe, folder)

    return filled(shared_folder, "flowers-run", fill)


@pytest.fixture(scope="module")
def document(flowers_run: Path) -> dict[str, Any]:
    import json

    value: dict[str, Any] = json.loads((flowers_run / "report.json").read_text())
    return value


def test_the_main_job(document: dict[str, Any]) -> None:
    assert len(document["artifacts"]) == 10
    for entry in document["artifacts"]:
        assert entry["status"] == "built", entry["error"]
        task = entry["parity"]["task"]
        assert task["reference"] >= 0.80
        assert task["agreement"] >= 0.9
        assert entry["parity"]["verdict"] != "fail", entry["parity"]["message"]
    sizes = {entry["variant"]: entry["bytes"] for entry in document["artifacts"]}
    assert sizes["tflite-int8"] < 0.4 * sizes["tflite-fp32"]
    assert sizes["onnx-int8"] < 0.5 * sizes["onnx-fp32"]


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8"])
def test_numbers_agree_with_a_bare_interpreter(
    recipe: Recipe, flowers_run: Path, document: dict[str, Any], variant: str
) -> None:
    from ai_edge_litert.interpreter import Interpreter
    from PIL import Image

    split = split_data(recipe.data, recipe.base, lambda done, total: None)
    assert isinstance(split.held_out, TableSamples)
    interpreter = Interpreter(model_path=str(flowers_run / "artifacts" / variant / "model.tflite"))
    runner = interpreter.get_signature_runner()
    right = 0
    for file, label in zip(split.held_out.columns[""].cells, split.held_out.labels or (), strict=True):
        photo = Image.open(file).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        answer = runner(image=np.asarray(photo, np.float32)[None] / np.float32(255))["probabilities"]
        right += int(answer.argmax() == label)
    task = next(e for e in document["artifacts"] if e["variant"] == variant)["parity"]["task"]
    assert task["candidate"] == pytest.approx(right / len(split.held_out))


def test_fine_tuning_the_real_module(recipe: Recipe, tmp_path: Path) -> None:
    from edgekit.original.tuning import find_modules, tune_modules
    from edgekit.recipe.recipe import FineTune

    phase = FineTune(epochs=1, learning_rate=1e-5, unfreeze=0.1)
    short = dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, epochs=5, fine_tune=phase))
    split = split_data(short.data, short.base, lambda done, total: None)
    made = tune_modules(short, find_modules(short), split, tmp_path / "model", shows=False)
    assert [epoch.phase for epoch in made.history] == ["head"] * 5 + ["fine_tune"]
    assert (made.history[made.best].val_accuracy or 0.0) > 0.7


def test_no_photo_is_in_both_halves(recipe: Recipe) -> None:
    split = split_data(recipe.data, recipe.base, lambda done, total: None)
    assert isinstance(split.train, TableSamples)
    assert isinstance(split.held_out, TableSamples)
    assert not set(split.train.columns[""].cells) & set(split.held_out.columns[""].cells)


def test_every_fault_is_caught(recipe: Recipe, flowers_run: Path) -> None:
    from edgekit.recipe.recipe import ParityRecipe
    from edgekit.self_test.self_test import self_test

    found = self_test(
        flowers_run / "model",
        flowers_run / "artifacts" / "tflite-int8",
        data=str(recipe.data.train),
        rule=ParityRecipe(max_drop=0.05),
    )
    assert found.ok, found
    left = {each.fault for each in found.findings if each.caught is None}
    assert left == {"output: outputs reordered", "contract: sample rate off", "input: sample rate off"}
