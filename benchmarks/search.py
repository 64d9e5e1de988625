"""A search, against building and evaluating each of its candidates by itself."""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import fit_to_model
from edgekit.evaluation.parity import parity
from edgekit.inference.latency import bench
from edgekit.pareto import search
from edgekit.pareto.pool import RUNS
from edgekit.pareto.search import choosing_and_certifying
from edgekit.pipeline.run_folder import open_run
from edgekit.recipe.overrides import Override
from edgekit.recipe.recipe import CompressionRecipe, Recipe
from edgekit.recipe.variants import parse_variant

EPOCHS = 4
"""Of training, on both sides: enough to compare times."""


def measure(workload: Workload) -> list[Figure]:
    """Search with few epochs, and build all candidates alone."""
    conversion = workload.recipe.conversion
    quick = dataclasses.replace(conversion, compression=CompressionRecipe(epochs=EPOCHS, seed=conversion.seed))
    recipe = dataclasses.replace(workload.recipe, conversion=quick)
    document, seconds = _searched(recipe, workload.scratch / "searched")
    alone = _each_alone(document, recipe, workload.scratch / "searched")
    count = len(document["candidates"])
    speed = Figure(
        name=f"a search over {count} candidates, against building and evaluating each",
        goal=0.40,
        ratio=seconds / alone,
        parts=f"search {seconds:.0f} s, each alone {alone:.0f} s, {EPOCHS} epochs of training",
        floor="one float conversion, and the training of what can be on the front",
    )
    return [speed]


def _searched(recipe: Recipe, out: Path) -> tuple[dict[str, Any], float]:
    """Return the search's document, and its seconds without those of the tuning."""
    with open_run(recipe, out, shows=False) as (folder, split):
        folder.original(split)
    started = time.perf_counter()
    document = search(recipe, out).to_json()
    return document, time.perf_counter() - started


def _each_alone(document: dict[str, Any], recipe: Recipe, out: Path) -> float:
    """Return the seconds of building each candidate from the model, asking it all choosing samples, and timing it."""
    with open_run(recipe, out, shows=False) as (folder, split):
        original = folder.original(split)
    assert original.split.train is not None, "a recipe that trains"
    fitting, (choosing, _) = original.split.train, choosing_and_certifying(original.split, recipe)
    samples = fit_to_model(choosing, original.model.contract)
    started = time.perf_counter()
    for entry in document["candidates"]:
        folder_alone = out / "alone"
        shutil.rmtree(folder_alone, ignore_errors=True)
        overrides = tuple(Override(**override) for override in entry["except"])
        settings = dataclasses.replace(recipe.conversion, overrides=overrides)
        variant = parse_variant(entry["variant"])
        (conversion,) = convert_all(original.model, [variant], samples=fitting, out=folder_alone, settings=settings)
        if conversion.artifact is not None:
            parity(original.model, conversion.artifact, data=samples)
            bench(conversion.artifact, runs=RUNS)
    return time.perf_counter() - started
