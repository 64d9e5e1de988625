"""The report of a run: one HTML file for people, and the same as JSON and JUnit XML for machines."""

from __future__ import annotations

from pathlib import Path

from edgekit.documents.run import RunReport
from edgekit.report.html import render_html
from edgekit.report.junit import render_junit
from edgekit.report.markdown import render_markdown
from edgekit.system.files import write_bytes, write_json
from edgekit.system.printable import encodable, printable

__all__ = ["write_report"]


def write_report(report: RunReport, out: Path) -> Path:
    """Write ``report.json``, ``junit.xml``, ``summary.md`` and ``report.html`` into ``out``, and return the last one.

    Args:
        report: What the run found; ``report.json`` holds it.
        out: The folder to write to; it is made if it does not exist.

    Raises:
        OutputError: ``out`` cannot be written.
        MissingExtraError: The HTML needs jinja2 and matplotlib; the other files are written before.
    """
    document = report.to_json()
    write_json(out / "report.json", encodable(document))
    readable = RunReport.from_json(printable(document))
    write_bytes(out / "junit.xml", render_junit(readable))
    write_bytes(out / "summary.md", render_markdown(readable).encode())
    page = out / "report.html"
    write_bytes(page, render_html(readable).encode())
    return page
