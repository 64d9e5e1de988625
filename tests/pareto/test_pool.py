"""A pool knows of every candidate what became of it: it is there, the same as another, cannot be built, or was left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.job import Conversion
from edgekit.data.arrays import array_samples
from edgekit.documents.search import Evidence
from edgekit.documents.weights import WeightFacts
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.pareto import pool as module
from edgekit.pareto.candidates import Candidate
from edgekit.pareto.pool import Pool
from edgekit.pipeline.run_folder import RunFolder
from edgekit.recipe.overrides import Override
from edgekit.recipe.recipe import DataRecipe, Recipe, SearchRecipe
from edgekit.recipe.variants import Variant, parse_variant

Maker = Callable[[str], Pool]


def candidate(name: str, *overrides: str) -> Candidate:
    return Candidate(variant=parse_variant(name), overrides=tuple(Override(pattern=pattern) for pattern in overrides))


def facts(size: int) -> WeightFacts:
    return WeightFacts(
        weights=1,
        zeros=0,
        clustered=0,
        bytes=size,
        bytes_compressed=size - 10,
        encoded=False,
        sparse_kernels=False,
        reason="none",
    )


@pytest.fixture
def pool_of(tuned: TunedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Make a pool by what counts as the size; its converter writes 100 bytes by format, and cannot make 4 bits."""

    def converted(model: TunedModel, variants: Sequence[Variant], *, out: Path, **_: Any) -> list[Conversion]:
        conversions = []
        for variant in variants:
            file = out / f"{variant}.bin"
            file.write_bytes(variant.format.encode().ljust(100))
            artifact = Artifact(path=out, file=file, format=variant.format, variant=variant, weights=facts(100))
            conversion = Conversion(variant=variant, artifact=artifact, error=None, seconds=0.0)
            if variant.scheme.four_bits:
                conversion = replace(conversion, artifact=None, error="too few bits")
            conversions.append(conversion)
        return conversions

    monkeypatch.setattr(module, "convert_all", converted)
    samples = array_samples({"image": np.zeros([2, 1])})

    def make(size: str) -> Pool:
        recipe = Recipe(name="r", base=tmp_path, data=DataRecipe(), search=SearchRecipe(size=size))
        folder = RunFolder(recipe=recipe, out=tmp_path / "out", work=tmp_path / "work", shows=False)
        return Pool(folder=folder, model=tuned, fitting=samples, choosing=samples)

    return make


def test_the_same_file_is_asked_once(pool_of: Maker) -> None:
    pool = pool_of("file")
    pool.build([candidate("tflite-fp32"), candidate("tflite-int8"), candidate("onnx-fp32")], "build")
    assert set(pool.artifacts) == {"tflite-fp32", "onnx-fp32"}
    assert pool.reasons == {"tflite-int8": "the same file as tflite-fp32"}
    assert set(pool.considered) == {"tflite-fp32", "tflite-int8", "onnx-fp32"}


def test_what_cannot_be_built_says_why(pool_of: Maker) -> None:
    pool = pool_of("file")
    pool.build([candidate("tflite-dynamic4"), candidate("tflite-fp32")], "build")
    assert set(pool.artifacts) == {"tflite-fp32"}
    assert pool.reasons == {"tflite-dynamic4": "cannot be built: too few bits"}


def test_candidates_with_overrides_lie_in_folders_of_their_own(pool_of: Maker) -> None:
    pool = pool_of("file")
    pool.build([candidate("tflite-fp32"), candidate("onnx-int8", "conv"), candidate("tflite-int8", "conv")], "build")
    folders = {name: artifact.path.name for name, artifact in pool.artifacts.items()}
    assert folders["tflite-fp32"] == "plain"
    assert folders["onnx-int8+1"] != "plain"


def test_what_is_dropped_counts_no_longer(pool_of: Maker) -> None:
    pool = pool_of("file")
    pool.build([candidate("tflite-fp32"), candidate("onnx-fp32")], "build")
    for name in pool.artifacts:
        pool.evidence[name] = Evidence(name=name, bytes=100, size=100, samples=2, agreement=1.0, sqnr_db=None)
    pool.drop("onnx-fp32", "slower")
    assert [evidence.name for evidence in pool.measured] == ["tflite-fp32"]
    assert pool.reasons["onnx-fp32"] == "slower"
    pool.drop("never built", "unknown")
    assert len(pool.measured) == 1


@pytest.mark.parametrize(("size", "counted"), [("file", 100), ("compressed", 90)])
def test_sizes_are_what_the_recipe_counts(size: str, counted: int, pool_of: Maker) -> None:
    pool = pool_of(size)
    sizes = pool.one_shot_sizes([candidate("tflite-fp32"), candidate("tflite-dynamic4")])
    assert sizes == {"tflite-fp32": counted}
    assert "tflite-dynamic4" in pool.reasons
    assert pool.artifacts == {}, "what was made in one shot only tells its size"
