"""Exceptions: parts of a model, by the names of their operators, that are quantized less than the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from edgekit.errors import ConversionError, RecipeError, nearest
from edgekit.system.files import JsonObject

LEVELS = ("float", "int8")
"""What a part may be left at: ``int8`` goes with variants whose other weights have 4 bits."""


class Override(Struct, frozen=True, kw_only=True):
    """One entry of ``except``: operators whose name a pattern is found in, and what they are left at.

    Attributes:
        pattern: A regular expression that is searched in the operators' names; a plain name is one too.
        precision: One of `LEVELS`.
    """

    pattern: str
    precision: str = "float"

    def matches(self, name: str) -> bool:
        """Whether an operator of that name is meant."""
        return self.pattern in name or re.search(self.pattern, name) is not None

    def to_json(self) -> JsonObject:
        """Return the entry as a recipe writes it."""
        return {"pattern": self.pattern, "precision": self.precision}


def override(pattern: str, precision: str = "float") -> Override:
    """Return an entry.

    Raises:
        RecipeError: The pattern is no regular expression, or the precision is none of `LEVELS`.
    """
    if precision not in LEVELS:
        raise RecipeError(f"except: no precision {precision!r}{nearest(precision, LEVELS)}; there are {LEVELS}")
    try:
        re.compile(pattern)
    except re.error as error:
        raise RecipeError(f"except: {pattern!r} is no regular expression: {error}") from error
    return Override(pattern=pattern, precision=precision)


def matched(entries: Sequence[Override], names: Sequence[str]) -> dict[str, str]:
    """Return the names that overrides match, and what each is left at; of several entries the first counts.

    Raises:
        ConversionError: An entry matches none; the nearest names are told.
    """
    for entry in entries:
        if not any(entry.matches(name) for name in names):
            words = {word for name in names for word in re.split("[/;]", name)}
            examples = [name.partition(";")[0] for name in names[:: max(1, len(names) // 3)][:3]]
            hint = nearest(entry.pattern, sorted(words)) or f"; some are: {', '.join(examples)}"
            raise ConversionError(f"except = {entry.pattern!r} matches no operator of the model{hint}")
    levels = {name: _level(entries, name) for name in names}
    return {name: level for name, level in levels.items() if level is not None}


def _level(entries: Sequence[Override], name: str) -> str | None:
    return next((entry.precision for entry in entries if entry.matches(name)), None)
