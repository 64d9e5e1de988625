"""The document of a search says of every candidate why it was taken or left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgekit.documents.search import Evidence, SampleCounts
from edgekit.models.artifact import Artifact
from edgekit.pareto.candidates import Candidate
from edgekit.pareto.outcome import Outcome
from edgekit.recipe.recipe import SearchRecipe
from edgekit.recipe.variants import parse_variant

NAMES = ("tflite-fp32", "tflite-int8", "tflite-w4", "tflite-dynamic")


def evidence(name: str, size: int, sqnr_db: float | None, agreement: float) -> Evidence:
    return Evidence(name=name, bytes=size, size=size, samples=50, agreement=agreement, sqnr_db=sqnr_db)


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    """A search that chose int8: fp32 is larger, 4 bits lose too much, dynamic was dropped."""
    measured = [
        evidence("tflite-fp32", 400, None, 1.0),
        evidence("tflite-int8", 100, 30.0, 1.0),
        evidence("tflite-w4", 50, 10.0, 0.8),
    ]
    artifacts = {
        entry.name: Artifact(path=tmp_path / "plain" / entry.name, file=tmp_path / "model.tflite", format="tflite")
        for entry in measured
    }
    return Outcome(
        name="flowers",
        out=tmp_path,
        limits=SearchRecipe(),
        max_drop=0.05,
        considered={name: Candidate(variant=parse_variant(name)) for name in NAMES},
        artifacts=artifacts,
        evidence={entry.name: entry for entry in measured},
        reasons={"tflite-dynamic": "tflite-int8 is no larger and 9 dB better"},
        choice=measured[1],
        certificate=None,
        samples=SampleCounts(fitting=10, choosing=50, certifying=50),
        asked=150,
    )


def test_every_candidate_has_its_reason(outcome: Outcome) -> None:
    reasons = {entry.name: entry.reason for entry in outcome.report().candidates}
    assert reasons == {
        "tflite-fp32": "larger than the choice, and better or faster",
        "tflite-int8": "the smallest within the limits",
        "tflite-w4": "breaks the limit of drop",
        "tflite-dynamic": "tflite-int8 is no larger and 9 dB better",
    }


def test_what_was_left_has_no_path(outcome: Outcome) -> None:
    paths = {entry.name: entry.path for entry in outcome.report().candidates}
    assert paths["tflite-int8"] == outcome.report().path == "plain/tflite-int8"
    assert paths["tflite-dynamic"] is None


def test_without_a_certificate_a_search_fails(outcome: Outcome) -> None:
    assert outcome.report().verdict == "fail"


def test_without_a_choice_the_nearest_miss_is_named(outcome: Outcome) -> None:
    report = replace(outcome, choice=None, limits=SearchRecipe(max_bytes=60)).report()
    assert report.choice is None
    assert report.nearest_miss == "tflite-int8"  # 1.7 times the size; 4 bits lose four times what they may
    assert outcome.report().nearest_miss is None


def test_a_limit_of_zero_has_no_factor(outcome: Outcome) -> None:
    report = replace(outcome, max_drop=0.0).report()
    breaks = {entry.name: entry.breaks for entry in report.candidates}
    assert breaks["tflite-w4"] == {"drop": None}
    assert breaks["tflite-int8"] == {}
