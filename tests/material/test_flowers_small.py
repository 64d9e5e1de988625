"""The example that prunes, trains for int8 and searches, on the real module, with few precisions."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from edgekit.conversion.conversion import convert
from edgekit.data.splits import split_data
from edgekit.debugging import debug
from edgekit.evaluation.check import parity
from edgekit.pareto import search
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import CompressionRecipe, Recipe
from edgekit.recipe.variants import PRECISIONS

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "flowers_small.toml"


@pytest.fixture(scope="module")
def recipe(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    path = tmp_path_factory.mktemp("flowers") / "flowers_small.toml"
    path.write_text(EXAMPLE.read_text().replace("../../shared/material", str(material)))
    read = load_recipe(path)
    few = tuple(precision for precision in PRECISIONS["tflite"] if precision not in ("fp32", "int8"))
    return dataclasses.replace(
        read,
        search=dataclasses.replace(read.search, without=few, clusters=(), qat=False),
        parity=dataclasses.replace(read.parity, max_drop=0.1),
    )


def test_what_is_chosen_is_smaller_than_int8_and_no_worse(recipe: Recipe, tmp_path: Path) -> None:
    found = search(recipe, tmp_path)
    entries = {entry["name"]: entry for entry in found["candidates"]}
    assert found["choice"] == "tflite-int8-s50"
    assert entries[found["choice"]]["evidence"]["size"] < 0.8 * entries["tflite-int8"]["evidence"]["size"]
    held_out = split_data(recipe.data, recipe.base, lambda done, total: None).held_out
    chosen, dense = (
        parity(tmp_path / "model", tmp_path / "candidates" / "plain" / name, data=held_out).to_json()["task"]
        for name in (found["choice"], "tflite-int8")
    )
    assert chosen["drop"] <= dense["drop_interval"][1]
    assert found["certificate"]["verdict"] != "fail"

    settings = dataclasses.replace(recipe.conversion, compression=CompressionRecipe(epochs=4))
    train = split_data(recipe.data, recipe.base, lambda done, total: None).train
    made = convert(tmp_path / "model", "tflite-int8-qat", data=train, out=tmp_path / "trained", settings=settings)
    trained = parity(tmp_path / "model", made, data=held_out)
    assert trained.to_json()["task"]["agreement"] >= dense["agreement"]

    diagnosis = debug(
        tmp_path / "model", tmp_path / "candidates" / "plain" / "tflite-int8", data=held_out, out=tmp_path / "debug"
    )
    assert diagnosis.culprits == ()
    assert diagnosis.evaluations <= 0.35 * len(diagnosis.operators)
