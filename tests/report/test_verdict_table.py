"""The table of a run: the same cells everywhere, and nothing of it is markup."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from edgekit.documents.run import ParityRule, RunReport
from edgekit.report.verdict_table import columns, has_drop, headings, limit, notation, rows, table_html, unit_suffix


def test_rows_have_the_columns_of_the_headings(document: dict[str, Any]) -> None:
    report = RunReport.from_json(document)
    assert {len(row) for row in rows(report)} == {len(headings(report))}


def test_what_was_not_built_says_so(document: dict[str, Any]) -> None:
    report = RunReport.from_json(document)
    assert [row[-1] for row in rows(report)].count("not built") == 1
    assert {row[-1] for row in rows(report)} == {"pass", "FAIL", "inconclusive", "not built"}


def test_names_are_text(document: dict[str, Any]) -> None:
    report = RunReport.from_json(document)
    named = replace(report, artifacts=(replace(report.artifacts[0], variant="<b>"),))
    page = table_html(named, "<i>")
    assert "&lt;b&gt;" in page
    assert "&lt;i&gt;" in page
    assert "<b>" not in page


def rule(metric: str | None, threshold: float | None = None) -> ParityRule:
    return ParityRule(metric=metric, max_drop=0.02, threshold=threshold, confidence=0.95)


def test_metrics_are_written_as_people_do() -> None:
    names = [notation(name).name for name in ("sqnr", "cosine", "exact_match", "nmae")]
    assert names == ["SQNR", "cosine", "exact match", "NMAE"]
    assert [unit_suffix(name) for name in ("psnr", "ssim", "accuracy")] == [" dB", "", ""]


@pytest.mark.parametrize(
    ("metric", "threshold", "words"),
    [
        (None, None, "nothing was judged"),
        ("accuracy", None, "score, drop and agreement in %"),
        ("nmae", None, "score: mean error in % of the targets' spread, drop: what it grows by, agree in %"),
        ("neighbours", 1.0, "agree: same nearest neighbour, in %"),
        ("ssim", 0.95, "score: median SSIM; agree: samples from 0.95 on, in %"),
        ("psnr", 30.0, "score: median PSNR dB; agree: samples from 30 dB on, in %"),
    ],
)
def test_columns_say_what_they_hold(metric: str | None, threshold: float | None, words: str) -> None:
    assert columns(rule(metric, threshold)) == words


def test_limits_are_of_drops_or_of_samples() -> None:
    assert limit(rule("accuracy")) == ["limit of the drop: 2, intervals at 95% confidence"]
    assert limit(rule("agreement")) == ["at most 2% of samples may not agree, intervals at 95% confidence"]
    assert limit(rule(None)) == []
    assert [has_drop(rule(metric)) for metric in ("nmae", "agreement", None)] == [True, False, True]
