"""The JSON Schema of a recipe, from which editors complete keys and the key reference is made.

It comes from the annotations of `edgekit.recipe.document`, as the reading of recipes does; what keys mean comes from
the docstrings of their classes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from edgekit.contract.medium import media_names, recipe_settings
from edgekit.recipe.document import (
    HeadTable,
    InputTable,
    OverrideTable,
    RecipeDocument,
    TrainTable,
    VariantsTable,
)
from edgekit.recipe.recipe import (
    CardRecipe,
    CompressionRecipe,
    DataRecipe,
    FineTune,
    HeadLayer,
    ParityRecipe,
    SearchRecipe,
)
from edgekit.recipe.toml_tables import choices_of, fields_of

TABLES: Mapping[str, type] = {
    "": RecipeDocument,
    "inputs.NAME": InputTable,
    "head": HeadTable,
    "head.layers": HeadLayer,
    "data": DataRecipe,
    "train": TrainTable,
    "train.fine_tune": FineTune,
    "variants": VariantsTable,
    "variants.except": OverrideTable,
    "compression": CompressionRecipe,
    "search": SearchRecipe,
    "parity": ParityRecipe,
    "card": CardRecipe,
}
"""The classes of all tables, by where they lie in a recipe."""
Schema = dict[str, Any]
"""A JSON Schema, or a part of one."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def recipe_schema() -> Schema:
    """Return the schema, in JSON Schema 2020-12; it knows the media that this edgekit has."""
    schema = msgspec.json.schema(RecipeDocument)
    definitions: Schema = schema["$defs"]
    for location, record in TABLES.items():
        _complete(definitions[record.__name__], record)
        definitions[record.__name__]["title"] = f"[{location}]" if location else "the top of a recipe"
    inputs = definitions[InputTable.__name__]["properties"]
    for key, (definition, kinds) in _media_keys().items():
        meaning = f"{definition['description']} Of kind: {', '.join(kinds)}."
        inputs[key] = {**definition, "description": meaning}
    return {"$schema": DIALECT, "title": "A recipe of edgekit", **schema}


def _media_keys() -> dict[str, tuple[Schema, list[str]]]:
    """Return the definition of each key that some medium has, and the media that have it."""
    keys: dict[str, tuple[Schema, list[str]]] = {}
    for kind in media_names():
        record = recipe_settings(kind)
        definition = msgspec.json.schema(record)["$defs"][record.__name__]
        _complete(definition, record)
        for key, value in definition["properties"].items():
            keys.setdefault(key, (value, []))[1].append(kind)
    return keys


def _complete(definition: Schema, record: type) -> None:
    """Close a table to other keys, and say what its keys mean and which texts they take."""
    meanings = key_meanings(record)
    fields = fields_of(record)
    definition["description"] = inspect.cleandoc(record.__doc__ or "").partition("\n\n")[0]
    definition["additionalProperties"] = False
    definition["properties"] = {key: _without_null(definition["properties"][key]) for key in fields}
    for key, field in fields.items():
        value = definition["properties"][key]
        choices = choices_of(field.annotation)
        if choices is not None:
            _limit(value, choices)
        value["description"] = meanings[field.name]


def _without_null(value: Schema) -> Schema:
    """Return a property without null, which TOML cannot say."""
    rest = {key: entry for key, entry in value.items() if key != "anyOf" and (key, entry) != ("default", None)}
    options = [option for option in value.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        return {**options[0], **rest}
    return {"anyOf": options, **rest} if options else rest


def _limit(value: Schema, choices: tuple[str, ...]) -> None:
    """Limit the texts of a property."""
    for option in value.get("anyOf", [value]):
        if option.get("type") == "string":
            option["enum"] = list(choices)


def key_meanings(record: type) -> dict[str, str]:
    """Return what the docstring of a class says of each of its attributes."""
    text = inspect.cleandoc(record.__doc__ or "")
    _, _, attributes = text.partition("Attributes:\n")
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, flags=re.MULTILINE)
    return {name: " ".join(meaning.split()).replace("``", "`") for name, meaning in entries}
