"""A document's JSON is its attributes in their order; what is not there has no key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec import UNSET, UnsetType, field

from edgekit.documents.document import Document
from edgekit.errors import OutputError
from edgekit.system.digests import bytes_digest


class Example(Document, frozen=True, kw_only=True):
    """One of each kind of attribute."""

    name: str
    score: float | None
    overrides: tuple[str, ...] = field(name="except", default=())
    later: int | UnsetType = UNSET


def test_keys_are_in_order_and_unset_ones_are_left_out() -> None:
    document = Example(name="a", score=None, overrides=("b",)).to_json()
    assert list(document) == ["name", "score", "except"]
    assert document["score"] is None
    assert list(Example(name="a", score=1.0, later=3).to_json()) == ["name", "score", "except", "later"]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    example = Example(name="a", score=0.5, overrides=("b", "c"), later=3)
    (tmp_path / "example.json").write_text(json.dumps(example.to_json()))
    assert Example.load(tmp_path / "example.json") == example


def test_numbers_of_numpy_and_digests_are_plain_in_json() -> None:
    digest = bytes_digest(b"")
    document = Example(name=digest, score=np.float64(0.5), later=np.int64(3)).to_json()  # type: ignore[arg-type]
    assert [type(value) for value in document.values()] == [str, float, tuple, int]
    assert Example.from_json({"name": digest, "score": np.float64(0.5)}).score == 0.5


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="PosixPath has no JSON form"):
        Example(name=Path("a"), score=None).to_json()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "message"),
    [({"name": "a"}, "score"), ({"name": 3, "score": None}, "name"), ({"name": "a", "score": "much"}, "score")],
)
def test_another_document_is_refused(value: dict[str, object], message: str) -> None:
    with pytest.raises(OutputError, match=message):
        Example.from_json(value)


def test_keys_of_a_later_version_are_passed_over() -> None:
    assert Example.from_json({"name": "a", "score": None, "new": 1}) == Example(name="a", score=None)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": 1}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "example.json").write_text(content)
    with pytest.raises(OutputError, match=r"example\.json cannot be read"):
        Example.load(tmp_path / "example.json")
    with pytest.raises(OutputError, match=r"nothing\.json cannot be read"):
        Example.load(tmp_path / "nothing.json")
