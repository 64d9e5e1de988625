"""Tables and sentences fit 80 columns, and numbers that are missing are no zeros."""

from __future__ import annotations

import pytest

from edgekit.cli.output.text import lines, table, wrapped
from edgekit.system.printable import NOT_MEASURED, percent


def test_sentences_are_wrapped_and_paths_are_not_broken() -> None:
    path = "/" + "folder/" * 15
    sentences = list(wrapped([f"the report is in {path} and " + "says it again " * 8, "  indented " + "word " * 20]))
    assert any(path in sentence for sentence in sentences)
    assert all(len(sentence) <= 80 for sentence in sentences if path not in sentence)
    assert sentences[-1].startswith("  ")


def test_a_table_fits_a_terminal_and_keeps_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name", "drop"), [("tflite-int8", "+0.1 [-0.4, +0.8]"), ("x" * 100, "1")])
    printed = capsys.readouterr().out
    assert "[-0.4, +0.8]" in printed
    assert all(len(line) <= 80 for line in printed.splitlines())
    assert printed.count("x") == 100  # folded, not cut


def test_numbers_are_on_the_right_and_names_on_the_left(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name", "count"), [("a", "1"), ("b", "1000")])
    rows = [line.rstrip() for line in capsys.readouterr().out.splitlines() if "1" in line]
    assert len({len(row) for row in rows}) == 1
    assert [row.lstrip()[0] for row in rows] == ["a", "b"]


def test_a_missing_share_is_no_zero() -> None:
    assert percent(0.0) == "0.0"
    assert percent(0.123) == "12.3"
    assert percent(None) == NOT_MEASURED != percent(0.0)


def test_lines_end(capsys: pytest.CaptureFixture[str]) -> None:
    lines(["a", "b"])
    assert capsys.readouterr().out == "a\nb\n"
