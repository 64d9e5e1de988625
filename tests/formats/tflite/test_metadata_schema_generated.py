"""The accessors are those of the schema that lies beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgekit.formats.tflite import metadata_schema_generated as generated

SCHEMA = Path(generated.__file__).with_name("metadata_schema.fbs")


def missing(schema: str) -> list[str]:
    """Return the tables and fields of a schema that have no accessor."""
    lacks = []
    for table, body in re.findall(r"^table (\w+) \{(.*?)\}", schema, re.MULTILINE | re.DOTALL):
        fields = re.findall(r"^\s*(\w+):[^;(]*;", body, re.MULTILINE)
        names = ["".join(word.capitalize() for word in field.split("_")) for field in fields]
        accessors = getattr(generated, table, None)
        lacks += [f"{table}.{name}" for name in names if not hasattr(accessors, name)]
    return lacks


def test_every_field_has_its_accessor() -> None:
    assert missing(SCHEMA.read_text()) == []


def test_a_field_that_was_added_to_the_schema_alone_is_noticed() -> None:
    changed = SCHEMA.read_text().replace("table Stats {", "table Stats {\n  mean_value:[float];")
    assert missing(changed) == ["Stats.MeanValue"]


@pytest.mark.parametrize(("union", "member", "number"), [("ContentProperties", "AudioProperties", 4), ("ProcessUnitOptions", "BertTokenizerOptions", 4)])
def test_members_of_unions_have_the_numbers_of_the_public_format(union: str, member: str, number: int) -> None:
    assert getattr(getattr(generated, union), member) == number
