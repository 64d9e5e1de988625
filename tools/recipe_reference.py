"""Writes what the recipe's classes say: docs/schema/recipe.json for editors, docs/recipe-keys.md for readers.

Run it by ``python -m tools.recipe_reference`` after a key has changed; a test compares both files with the code.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edgekit.contract.medium import media_names, recipe_settings
from edgekit.recipe.document import InputTable
from edgekit.recipe.schema import TABLES, key_meanings, recipe_schema
from edgekit.recipe.toml_tables import fields_of, in_words

ROOT = Path(__file__).resolve().parent.parent
SCHEMA_FILE = ROOT / "docs" / "schema" / "recipe.json"
REFERENCE_FILE = ROOT / "docs" / "recipe-keys.md"
HEADER = """# Keys of a recipe

<!-- Written by python -m tools.recipe_reference from the classes in edgekit/recipe; change them, not this page. -->

A recipe is a TOML file. Each table below lists its keys, what a value has to be, and the default where there is one.
Editors complete the keys by [schema/recipe.json](schema/recipe.json): a first line of
`#:schema schema/recipe.json`, with the path from the recipe, tells them so.
"""


def schema_text() -> str:
    """Return the JSON Schema as it is written."""
    return json.dumps(recipe_schema(), indent=1, ensure_ascii=False) + "\n"


def reference_text() -> str:
    """Return the page about all keys."""
    sections = [HEADER]
    for place, record in TABLES.items():
        sections.append(_section(f"[{place}]" if place else "At the top", record))
        if record is InputTable:
            sections += [_section(f"[inputs.NAME], kind = {kind!r}", recipe_settings(kind)) for kind in media_names()]
    return "\n".join(sections)


def _section(title: str, record: type) -> str:
    lines = [f"## {title}", "", _summary(record), ""]
    rows = list(_rows(record))
    if rows:
        lines += ["| key | value | default | meaning |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _summary(record: type) -> str:
    text = inspect.cleandoc(record.__doc__ or "").partition("\n\n")[0]
    return " ".join(text.split()).replace("``", "`")


def _rows(record: type) -> Iterator[str]:
    meanings = key_meanings(record)
    information: Any = msgspec.inspect.type_info(record)
    defaults = {field.encode_name: field.default for field in information.fields}
    for key, field in fields_of(record).items():
        default = "required" if field.required else _shown(defaults[key])
        yield f"| `{key}` | {in_words(field.annotation)} | {default} | {meanings[field.name]} |"


def _shown(default: Any) -> str:
    if default is None or default is msgspec.NODEFAULT:
        return ""
    value = list(default) if isinstance(default, tuple) else default
    return f"`{json.dumps(value)}`"


def main() -> None:
    """Write both files."""
    SCHEMA_FILE.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    REFERENCE_FILE.write_text(reference_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
