"""A whole search on digits: what is built, what is chosen by what, and what a second run finds done."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edgekit.cli.main import main
from edgekit.documents.parity import ParityReport
from edgekit.evaluation.gates import FINITE
from edgekit.evaluation.parity import Check
from edgekit.models.artifact import Artifact
from edgekit.pareto import search
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import CompressionRecipe, Recipe, SearchRecipe
from edgekit.system.cache import filled
from tests.documents.validation import check_document
from tests.pareto.promises import check_choice, size, within_limits

LIMITS = SearchRecipe(sparsity=("s50",), clusters=(16,), qat=True, without=("int16x8", "int8full"))


def digits_recipe(demo_run: Path) -> Recipe:
    recipe = load_recipe(demo_run / "source" / "digits.toml")
    quick = CompressionRecipe(epochs=1, learning_rate=1e-3, batch_size=64)
    return dataclasses.replace(
        recipe, search=LIMITS, conversion=dataclasses.replace(recipe.conversion, compression=quick)
    )


@pytest.fixture(scope="module")
def searched(demo_run: Path, shared_folder: Path) -> Path:
    def fill(folder: Path) -> None:
        for name in ("model", ".edgekit"):
            shutil.copytree(demo_run / name, folder / name)
        search(digits_recipe(demo_run), folder)

    return filled(shared_folder, "search", fill)


@pytest.fixture(scope="module")
def document(searched: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((searched / "search.json").read_text())
    check_document(value, "search")
    return value


def test_at_least_two_dozen_candidates_each_with_its_reason(document: dict[str, Any]) -> None:
    assert len(document["candidates"]) >= 24
    assert all(entry["reason"] for entry in document["candidates"])
    assert document["built"] <= len(document["candidates"])


def test_the_choice_is_the_smallest_within_the_limits(document: dict[str, Any]) -> None:
    check_choice(document)
    candidates = {entry["name"]: entry for entry in document["candidates"]}
    assert size(candidates[document["choice"]]) < size(candidates["tflite-fp32"])


def test_a_choice_that_is_not_the_smallest_is_noticed(document: dict[str, Any]) -> None:
    largest = max(within_limits(document), key=size)
    with pytest.raises(AssertionError):
        check_choice({**document, "choice": largest["name"]})


def test_a_choice_that_breaks_a_limit_is_noticed(document: dict[str, Any]) -> None:
    candidates = [{**entry, "breaks": {"drop": 2.0}} for entry in document["candidates"]]
    with pytest.raises(AssertionError):
        check_choice({**document, "candidates": candidates})


def test_the_data_that_chooses_does_not_certify(document: dict[str, Any], demo_run: Path) -> None:
    run = json.loads((demo_run / "report.json").read_text())
    counts = document["samples"]
    assert counts["fitting"] == run["data"]["train"]
    assert counts["choosing"] + counts["certifying"] == run["data"]["held_out"]
    assert counts["certifying"] == document["certificate"]["samples"]
    assert document["verdict"] == document["certificate"]["verdict"]


def test_the_front_is_drawn(searched: Path, document: dict[str, Any]) -> None:
    drawn = (searched / "front.svg").read_text()
    assert drawn.startswith("<svg")
    assert document["choice"] in drawn


def test_a_second_search_finds_all_done(searched: Path, document: dict[str, Any], demo_run: Path) -> None:
    again = search(digits_recipe(demo_run), searched).to_json()
    assert again["asked"] == 0
    assert json.loads(json.dumps({**again, "asked": document["asked"]})) == document


def test_limits_that_nothing_meets_show_the_nearest_miss(
    searched: Path, demo_run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = (demo_run / "source" / "digits.toml").read_text()
    table = '[search]\nsparsity = []\nclusters = []\nqat = false\nmax_bytes = 100\nwithout = ["int16x8", "int8full"]\n'
    recipe = tmp_path / "digits.toml"
    recipe.write_text(text.replace('train = "digits"', f'train = "{demo_run}/source/digits"') + table)
    recipe.write_text(recipe.read_text().replace('module = "', f'module = "{demo_run}/source/'))
    for name in ("model", ".edgekit"):
        shutil.copytree(searched / name, tmp_path / "out" / name)
    assert main(["search", str(recipe), "--out", str(tmp_path / "out")]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert main(["search", str(recipe), "--out", str(tmp_path / "out"), "--json"]) == 1  # all is done
    check_document(json.loads(capsys.readouterr().out), "search")
    nearest = r"nothing meets the limits; tflite-\S+ comes nearest, and breaks that of (drop \([^)]*\) and )?size"
    assert re.search(nearest, printed), printed  # the smallest may lose too many answers as well


def test_answers_that_are_not_finite_are_never_chosen(
    searched: Path, demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their ratio is nobody's: with no finite sample it is missing, and would read as exact."""
    collect = Check.collect

    def broken(self: Check, artifact: Artifact, *given: Any) -> ParityReport:
        report = collect(self, artifact, *given)
        if artifact.name != "tflite-dynamic":
            return report
        gates = tuple(replace(gate, value=1.0) if gate.name == FINITE else gate for gate in report.gates)
        outputs = {name: replace(output, sqnr_db=None) for name, output in report.outputs.items()}
        return replace(report, gates=gates, outputs=outputs)

    monkeypatch.setattr(Check, "collect", broken)
    for name in ("model", ".edgekit"):
        shutil.copytree(demo_run / name, tmp_path / name)
    recipe = digits_recipe(demo_run)
    limits = dataclasses.replace(LIMITS, sparsity=(), clusters=(), qat=False, without=("int16x8", "w4", "dynamic4"))
    found = search(dataclasses.replace(recipe, search=limits), tmp_path).to_json()
    entries = {entry["name"]: entry for entry in found["candidates"]}
    assert "NaN or infinite values in the answers to 100%" in entries["tflite-dynamic"]["reason"]
    assert not entries["tflite-dynamic"]["front"]
    assert found["choice"] != "tflite-dynamic"
