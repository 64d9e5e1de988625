"""The check of documents refuses what breaks a schema, and a schema that refuses nothing."""

from __future__ import annotations

import jsonschema
import pytest

from tests.documents import validation
from tests.documents.validation import check_document

TUNED = {"name": "digits", "model": "out/model", "digest": "sha256:00"}


def test_a_document_that_keeps_its_schema_passes() -> None:
    check_document(TUNED, "tuning")


@pytest.mark.parametrize("document", [{}, {**TUNED, "digest": None}, {"name": "digits", "model": "out/model"}])
def test_one_that_does_not_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check_document(document, "tuning")


def test_a_schema_that_takes_anything_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = {"Tuning": {"required": ["name"]}, "Loose": {"Tuning": {}}}
    loose = {"$defs": definitions, "$ref": "#/$defs/Loose/Tuning"}
    monkeypatch.setattr(validation, "schema", lambda name: loose)
    with pytest.raises(AssertionError, match="takes a document without name"):
        check_document(TUNED, "tuning")
