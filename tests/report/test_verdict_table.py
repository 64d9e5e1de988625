"""The table of a run: the same cells everywhere, and nothing of it is markup."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from edgekit.documents.run import RunReport
from edgekit.report.verdict_table import headings, rows, table_html


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
