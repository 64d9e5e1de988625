"""Overlays are written as Model Explorer reads them, into a folder that is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgekit.errors import OutputError
from edgekit.formats.tflite.model_explorer import write_overlay


def test_values_by_tensor_and_the_gradient_that_colours_them(tmp_path: Path) -> None:
    write_overlay(tmp_path / "a.json", {"conv": {"value": 3}}, [{"stop": 0, "bgColor": "#fff"}])
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "main": {"results": {"conv": {"value": 3}}, "gradient": [{"stop": 0, "bgColor": "#fff"}]}
    }


def test_without_a_gradient_each_value_has_its_colour(tmp_path: Path) -> None:
    write_overlay(tmp_path / "a.json", {})
    assert json.loads((tmp_path / "a.json").read_text()) == {"main": {"results": {}}}


@pytest.mark.parametrize(("name", "message"), [("none/a.json", "there is no such folder"), (".", "it is a folder")])
def test_where_it_cannot_be_written(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=message):
        write_overlay(tmp_path / name, {})
    assert not list(tmp_path.iterdir())
