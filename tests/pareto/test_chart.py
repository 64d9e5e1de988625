"""The drawing of a search names the choice, and draws what was measured and nothing else."""

from __future__ import annotations

import pytest

from edgekit.documents.search import CandidateEntry, Evidence
from edgekit.pareto.chart import EXACT_DB, _ratio, draw_front


def entry(name: str, size: int, sqnr_db: float | None, *, front: bool = True) -> CandidateEntry:
    evidence = Evidence(name=name, bytes=size, size=size, samples=50, agreement=1.0, sqnr_db=sqnr_db)
    return CandidateEntry(
        name=name, variant=name, path=name, evidence=evidence, front=front, breaks={}, reason="measured"
    )


CANDIDATES = [entry("tflite-w4", 20_000, 15.0), entry("tflite-int8", 40_000, 30.0), entry("tflite-fp32", 160_000, None)]


def test_the_front_is_named() -> None:
    drawing = draw_front(CANDIDATES, "tflite-int8", "compressed")
    assert drawing.startswith("<svg")
    assert all(candidate.name in drawing for candidate in CANDIDATES)
    assert "compressed" in drawing


def test_what_is_not_on_the_front_has_no_name() -> None:
    beaten = entry("tflite-dynamic", 60_000, 20.0, front=False)
    assert "tflite-dynamic" not in draw_front([*CANDIDATES, beaten], "tflite-int8", "file")


def test_of_two_in_one_place_the_choice_is_named() -> None:
    beside = entry("onnx-int8", 40_001, 30.0)
    drawing = draw_front([*CANDIDATES, beside], "onnx-int8", "file")
    assert "onnx-int8" in drawing
    assert "tflite-int8" not in drawing


@pytest.mark.parametrize(("ratio", "drawn"), [(None, EXACT_DB), (140.0, EXACT_DB), (0.0, 0.0), (30.0, 30.0)])
def test_exact_answers_are_at_the_top_and_noise_is_not(ratio: float | None, drawn: float) -> None:
    assert _ratio(ratio) == drawn
