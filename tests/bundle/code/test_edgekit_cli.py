from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

cli: Any = importlib.import_module("edgekit_cli")

ONE = {"image": {"kind": "image"}}
TEXT = {"text": {"kind": "text"}}
TWO = {"image": {"kind": "image"}, "text": {"kind": "text"}}


def test_words_are_files_folders_and_sentences(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "deeper").mkdir()
    photos = cli.samples([str(tmp_path), "c.jpg"], ONE, "")
    assert [Path(name).name for name, _ in photos] == ["a.jpg", "b.jpg", "c.jpg"]
    assert cli.samples(["a film", "no film"], TEXT, "") == [("a film", ["a film"]), ("no film", ["no film"])]


def test_several_inputs_are_named() -> None:
    assert cli.samples(["text=so", "image=a.jpg"], TWO, "") == [("text=so image=a.jpg", ["a.jpg", "so"])]
    with pytest.raises(ValueError, match="image=VALUE text=VALUE"):
        cli.samples(["a.jpg", "so"], TWO, "")


def test_an_answer_is_labels_or_values() -> None:
    assert cli.answer_json([("rose", 0.75)]) == {"top": [{"label": "rose", "score": 0.75}]}
    assert cli.answer_json({"y": np.array([[1.0, 2.0]])}) == {"outputs": {"y": [1.0, 2.0]}}


@pytest.mark.parametrize(("message", "line"), [("", "ValueError"), ("two\nlines", "two"), ("  spaced ", "spaced")])
def test_an_error_has_a_first_line(message: str, line: str) -> None:
    assert cli.first_line(ValueError(message)) == line
