"""Documents against their schemas, for tests of the commands that print them."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from tools.schemas import FOLDER


def schema(name: str) -> dict[str, Any]:
    """Return the schema of a document, as ``docs/schema`` has it."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def check_document(document: dict[str, Any], name: str) -> None:
    """Check that a document keeps its schema, and that the schema refuses it without any of the keys it requires.

    Args:
        document: What a command printed or wrote.
        name: Of the schema.

    Raises:
        AssertionError: The schema takes it without a required key too, so that it shows nothing.
        ValidationError: The document does not keep it.
    """
    loaded = schema(name)
    jsonschema.validate(document, loaded)
    validator = jsonschema.validators.validator_for(loaded)(loaded)
    root = loaded["$defs"][loaded["$ref"].rpartition("/")[2]]
    for key in root["required"]:
        fewer = {**document}
        del fewer[key]
        assert not validator.is_valid(fewer), f"the schema of {name} takes a document without {key}"
