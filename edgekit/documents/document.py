"""A document: a frozen value that is written as JSON and read back, with its keys as attributes.

Its attributes are in the order of the JSON's keys. One that is `msgspec.UNSET` has no key in the JSON at all, one that
is None has ``null``. Keys that this version does not know are passed over, since a later one may add some.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, Self

import msgspec

from edgekit.errors import OutputError
from edgekit.system.files import JsonObject

Verdict = Literal["pass", "fail", "inconclusive"]
Interval = tuple[float, float]
OpenInterval = tuple[float | None, float | None]
"""An interval whose ends may be infinite, which JSON cannot say: then they are null."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever has a JSON form: a document, or a part of one."""

    def to_json(self) -> JsonObject:
        """Return the JSON values, keys in the order of the attributes."""
        builtins: JsonObject = msgspec.to_builtins(self, enc_hook=_plain)
        return builtins

    @classmethod
    def from_json(cls, value: JsonObject) -> Self:
        """Read what `to_json` returned.

        Raises:
            OutputError: A key is missing, or holds something else.
        """
        try:
            return msgspec.convert(msgspec.to_builtins(value, enc_hook=_plain), cls)
        except msgspec.ValidationError as error:
            raise OutputError(f"not a document of edgekit: {error}") from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that holds the JSON.

        Raises:
            OutputError: It cannot be read, or another version of edgekit wrote it.
        """
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, OutputError) as error:
            raise OutputError(f"{path} cannot be read: {error}; make it anew with this version of edgekit") from error


def _plain(value: Any) -> Any:
    """Return text and numbers of a subclass, such as a digest or a NumPy scalar, as the plain ones that they are."""
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
