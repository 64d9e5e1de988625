"""A recipe as its file is written: its defaults are those of the values that it becomes."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from edgekit.errors import RecipeError
from edgekit.recipe.document import (
    FINISHED_KEYS,
    MODULE_KEYS,
    HeadTable,
    InputTable,
    OverrideTable,
    RecipeDocument,
    TrainTable,
    VariantsTable,
)
from edgekit.recipe.recipe import CompressionRecipe, ConversionRecipe, Recipe, TrainRecipe
from edgekit.recipe.toml_tables import fields_of, read_table
from edgekit.recipe.variants_reader import conversion


def disagreements(first: Any, second: Any) -> list[str]:
    """Return the fields of both values in which their defaults differ."""
    names = {field.name for field in fields(first)} & {field.name for field in fields(second)}
    return sorted(name for name in names if getattr(first, name) != getattr(second, name))


def test_training_has_the_same_defaults_in_a_file_and_in_code() -> None:
    assert {field.name for field in fields(TrainTable)} == {field.name for field in fields(TrainRecipe)}
    assert disagreements(TrainTable(), TrainRecipe()) == []
    assert disagreements(TrainTable(epochs=11), TrainRecipe()) == ["epochs"]


def test_variants_have_the_same_defaults_in_a_file_and_in_code() -> None:
    assert conversion(VariantsTable(), CompressionRecipe(), seed=0) == ConversionRecipe()
    assert conversion(VariantsTable(calibration=9), CompressionRecipe(), seed=0) != ConversionRecipe()


def test_keys_that_only_some_recipes_have_are_keys() -> None:
    assert set(MODULE_KEYS) < set(fields_of(InputTable))
    assert set(FINISHED_KEYS) < set(fields_of(RecipeDocument))


def test_a_file_has_a_table_for_all_that_a_recipe_is() -> None:
    spread = {"task", "head", "conversion", "base", "path"}  # in other tables, or not written
    assert {field.name for field in fields(Recipe)} - spread < {
        field.name for field in fields_of(RecipeDocument).values()
    }


def test_the_least_document_and_one_without_a_name() -> None:
    assert read_table({"name": "x"}, RecipeDocument, "") == RecipeDocument(name="x")
    with pytest.raises(RecipeError, match="name is missing"):
        read_table({}, RecipeDocument, "")


@pytest.mark.parametrize(
    ("record", "table", "message"),
    [
        (InputTable, {"tokens": 1}, "at least 2"),
        (InputTable, {"kind": "smell"}, "one of audio"),
        (HeadTable, {"task": "dreaming"}, "one of classification"),
        (HeadTable, {"layers": [{"dense": 0}]}, "at least 1"),
        (TrainTable, {"learning_rate": float("nan")}, "between 0 and 10"),
        (TrainTable, {"augment": "flip"}, "a list of texts"),
        (OverrideTable, {"pattern": "a", "precision": "int7"}, "one of float, int8"),
        (OverrideTable, {}, "pattern is missing"),
        (VariantsTable, {"rounding": "up"}, "one of gptq, nearest"),
        (VariantsTable, {"overrides": []}, "unknown key 'overrides'"),
    ],
)
def test_a_table_that_cannot_be_is_refused(record: type, table: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        read_table(table, record, "table")


def test_exceptions_are_called_except_in_a_file() -> None:
    table = read_table({"except": ["a", {"pattern": "b", "precision": "int8"}]}, VariantsTable, "variants")
    assert table.overrides == ("a", OverrideTable(pattern="b", precision="int8"))
