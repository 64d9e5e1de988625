"""Writes the notebook in ``examples`` that has the code of a page: ``python -m tools.notebook``."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "bring-your-own-model.md"
NOTEBOOK = ROOT / "examples" / "bring_your_own_model.ipynb"


def notebook() -> str:
    """Return the notebook: the section from a training script, sentences and code as cells."""
    section = PAGE.read_text(encoding="utf-8").split("\n## ")[1]
    parts = re.split(r"```python\n(.*?)```\n", section, flags=re.DOTALL)
    book = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    for number, part in enumerate(part.strip() for part in parts):
        new_cell = nbformat.v4.new_code_cell if number % 2 else nbformat.v4.new_markdown_cell
        text = part if number else f"# {part}"
        book.cells.append(new_cell(text, id=f"cell-{number}"))  # type: ignore[no-untyped-call]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return str(nbformat.writes(book, indent=1)) + "\n"  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    NOTEBOOK.write_text(notebook(), encoding="utf-8")
