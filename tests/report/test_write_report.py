from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from edgekit.documents.run import RunReport
from edgekit.errors import MissingExtraError
from edgekit.report import write_report


def holds(document: Any, fraction: Any) -> bool:
    """Whether a JSON value has all that another one has, and no other value of it."""
    if isinstance(fraction, dict):
        return all(key in document and holds(document[key], value) for key, value in fraction.items())
    if isinstance(fraction, list):
        return len(document) == len(fraction) and all(map(holds, document, fraction))
    return bool(document == fraction)


FILES = ("junit.xml", "report.html", "report.json", "summary.md")


def test_four_files_and_nothing_else(document: dict[str, Any], tmp_path: Path) -> None:
    page = write_report(RunReport.from_json(document), tmp_path / "new" / "out")
    assert page == tmp_path / "new" / "out" / "report.html"
    assert sorted(file.name for file in page.parent.iterdir()) == sorted(FILES)


def test_json_is_the_document_and_the_document_is_left_alone(document: dict[str, Any], tmp_path: Path) -> None:
    report = RunReport.from_json(document)
    before = copy.deepcopy(report)
    write_report(report, tmp_path)
    assert report == before
    assert RunReport.load(tmp_path / "report.json") == before
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert holds(written, document), "nothing of the document is lost"


def test_same_document_same_bytes(document: dict[str, Any], tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_report(RunReport.from_json(document), tmp_path / folder)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_own_matplotlib_settings_change_nothing(document: dict[str, Any], tmp_path: Path) -> None:
    import matplotlib

    write_report(RunReport.from_json(document), tmp_path / "a")
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30, "svg.fonttype": "path", "axes.grid": True}):
        write_report(RunReport.from_json(document), tmp_path / "b")
    assert (tmp_path / "a" / "report.html").read_bytes() == (tmp_path / "b" / "report.html").read_bytes()


@pytest.mark.parametrize("missing", ["jinja2", "matplotlib"])
def test_missing_extra_is_one_line_and_the_rest_is_written(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError) as caught:
        write_report(RunReport.from_json(document), tmp_path)
    message = f"the report needs {missing}, which is not installed: pip install 'edgekit[report]'"
    assert str(caught.value) == message
    assert sorted(file.name for file in tmp_path.iterdir()) == ["junit.xml", "report.json", "summary.md"]


def test_file_names_that_are_no_text_do_not_stop_a_report(document: dict[str, Any], tmp_path: Path) -> None:
    document["data"]["skipped"] = ["broken-\udcff.jpg: not an image"]
    document["artifacts"][-1]["error"] = "\x1b[31mred\x1b[0m \x00 text"
    page = write_report(RunReport.from_json(document), tmp_path).read_text(encoding="utf-8")
    assert "broken-\ufffd.jpg" in page
    assert "red \ufffd text" in page
    assert "red \ufffd text" in (tmp_path / "junit.xml").read_text(encoding="utf-8")


def test_a_report_of_nothing(bare: dict[str, Any], tmp_path: Path) -> None:
    page = write_report(RunReport.from_json({**bare, "artifacts": [], "model": None}), tmp_path).read_text(
        encoding="utf-8"
    )
    assert "No variant was made." in page
