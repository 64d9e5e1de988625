"""The schema of recipes is current, and admits what is read and refuses what is not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edgekit.errors import RecipeError
from edgekit.recipe.reader import parse_recipe
from edgekit.recipe.schema import TABLES, key_meanings, recipe_schema
from edgekit.recipe.toml_tables import fields_of
from tools.recipe_reference import REFERENCE_FILE, ROOT, SCHEMA_FILE, reference_text, schema_text

LEAST: dict[str, Any] = {"name": "x", "inputs": {"image": {"module": "m"}}, "data": {"train": "d"}}


def test_the_files_are_what_the_code_says() -> None:
    hint = "run python -m tools.recipe_reference"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), hint
    assert REFERENCE_FILE.read_text(encoding="utf-8") == reference_text(), hint


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_the_examples_are_valid(path: Path) -> None:
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), recipe_schema())


@pytest.mark.parametrize(
    "changes",
    [
        {"nam": "y"},
        {"data": {"train": "d", "sed": 1}},
        {"data": {"train": "d", "validation": 1.5}},
        {"train": {"epochs": 0}},
        {"train": {"epochs": True}},
        {"head": {"task": "dreaming"}},
        {"head": {"layers": [{"dense": 3, "activation": "rleu"}]}},
        {"inputs": {"image": {"module": "m", "resize": "magic"}}},
        {"inputs": {"image": {"module": "m", "kind": "smell"}}},
        {"inputs": {"image": {"module": "m", "size": [224]}}},
        {"inputs": {"sound": {"module": "m", "seconds": "long"}}},
        {"variants": {"except": [3]}},
        {"variants": {"rounding": "up"}},
        {"compression": {"seed": 3}},
        {"parity": {"max_drop": -1.0}},
        {"search": {"size": "huge"}},
        {"card": {"description": ""}},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(changes: dict[str, Any]) -> None:
    jsonschema.validate(LEAST, recipe_schema())
    parse_recipe(LEAST, base=Path())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(LEAST | changes, recipe_schema())
    with pytest.raises(RecipeError):
        parse_recipe(LEAST | changes, base=Path())


def test_every_key_has_a_meaning() -> None:
    for record in TABLES.values():
        assert {field.name for field in fields_of(record).values()} <= set(key_meanings(record)), record
