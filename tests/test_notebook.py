"""The page for models in memory is a notebook too, which runs from training to a bundle and shows its table."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tools.notebook import NOTEBOOK, notebook


def test_the_notebook_is_that_of_the_page() -> None:
    assert NOTEBOOK.read_text(encoding="utf-8") == notebook(), "run: python -m tools.notebook"


def test_it_runs_and_shows_a_table(tmp_path: Path) -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    (result,) = [output.data for output in outputs if output.output_type == "execute_result"]
    assert result["text/html"].startswith("<table>")
    assert "<td>tflite-int8</td>" in result["text/html"]
    assert "onnx-fp32" in result["text/plain"]
    assert (tmp_path / "build" / "digits.edgekit").is_file()
    progress = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "convert: 2/2" in progress
