"""The example that prunes, trains for int8 and searches, on the real module, with few precisions."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.conversion import convert
from edgekit.data.splits import DataSplit, split_data
from edgekit.debugging import debug
from edgekit.evaluation.parity import parity
from edgekit.formats.tflite.graph import operator_types, read_graph, write_graph
from edgekit.pareto import search
from edgekit.quantization.precision import precisions_of
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import CompressionRecipe, Recipe
from edgekit.system.cache import filled
from tests.environments import example
from tests.pareto.promises import check_choice, size

pytestmark = pytest.mark.xdist_group("flowers-small")  # all of it rests on one search

QUICK = CompressionRecipe(epochs=6)
"""The example's sixteen epochs win back more, and take three times as long."""
MAX_DROP = 0.25
"""Ten of the forty photos that choose: what is pruned by half changes about five, more or fewer by this processor's
rounding, so that the smallest file is within the limit on all of them."""
LEAST_AGREEMENT = 0.9
"""What the main job asks of every variant; a healthy int8 changes none or one of 80 photos."""


@pytest.fixture(scope="module")
def recipe(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    full = load_recipe(example("flowers_small", material, tmp_path_factory.mktemp("flowers")))
    without = tuple(entry.name for entry in precisions_of("tflite") if entry.name not in ("fp32", "int8"))
    return dataclasses.replace(
        full,
        search=dataclasses.replace(full.search, without=without, clusters=(), qat=False),
        conversion=dataclasses.replace(full.conversion, compression=QUICK),
        parity=dataclasses.replace(full.parity, max_drop=MAX_DROP),
    )


@pytest.fixture(scope="module")
def split(recipe: Recipe) -> DataSplit:
    return split_data(recipe.data, recipe.base, lambda done, total: None)


@pytest.fixture(scope="module")
def searched(recipe: Recipe, shared_folder: Path) -> Path:
    """The folder of the search. Tests read it and do not change it."""

    def fill(folder: Path) -> None:
        search(recipe, folder)

    return filled(shared_folder, "flowers-small", fill)


def agreement(searched: Path, file: Path, split: DataSplit) -> float:
    """Return the share of the held-out photos that a file answers as the original does."""
    task: dict[str, Any] = parity(searched / "model", file, data=split.held_out).to_json()["task"]
    share: float = task["agreement"]
    return share


def test_the_choice_keeps_the_limits_and_is_the_smallest_that_does(searched: Path) -> None:
    document = json.loads((searched / "search.json").read_text())
    check_choice(document)
    assert document["verdict"] == document["certificate"]["verdict"] != "fail"
    entries = {entry["name"]: entry for entry in document["candidates"]}
    assert size(entries["tflite-int8-s50"]) < 0.8 * size(entries["tflite-int8"])  # zeros compress


def test_training_for_int8_keeps_the_answers(recipe: Recipe, searched: Path, split: DataSplit, tmp_path: Path) -> None:
    settings = dataclasses.replace(recipe.conversion, compression=CompressionRecipe(epochs=4))
    trained = convert(
        searched / "model", "tflite-int8-qat", data=split.train, out=tmp_path / "trained", settings=settings
    )
    assert agreement(searched, trained.file, split) >= LEAST_AGREEMENT


def test_a_damaged_file_does_not_keep_the_answers(searched: Path, split: DataSplit, tmp_path: Path) -> None:
    content = (searched / "candidates" / "plain" / "tflite-int8" / "model.tflite").read_bytes()
    graph = read_graph(content)
    operator = graph.subgraphs[0].operators[operator_types(content).index("CONV_2D")]
    weights = graph.subgraphs[0].tensors[int(operator.inputs[1])]
    weights.quantization.scale = np.asarray(weights.quantization.scale) * 3
    (tmp_path / "damaged.tflite").write_bytes(write_graph(graph))
    assert agreement(searched, tmp_path / "damaged.tflite", split) < LEAST_AGREEMENT


def test_a_healthy_artifact_has_no_culprit_and_costs_few_runs(searched: Path, split: DataSplit, tmp_path: Path) -> None:
    artifact = searched / "candidates" / "plain" / "tflite-int8"
    diagnosis = debug(searched / "model", artifact, data=split.held_out, out=tmp_path / "debug")
    assert diagnosis.culprits == ()
    assert diagnosis.evaluations <= 0.35 * len(diagnosis.operators)
