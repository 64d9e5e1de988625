"""TOML tables that are read strictly: a key that nobody asked for is an error, and so is a value of the wrong type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from edgekit.errors import RecipeError, nearest


class Table:
    """A TOML table that is read key by key; what nobody asked for is an error at the end."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, Mapping):
            raise RecipeError(f"[{place}] has to be a table")
        self.value, self.place, self.asked = value, place, set[str]()

    def fail(self, key: str, expected: str) -> NoReturn:
        """Say what the value of ``key`` has to be."""
        where = f"[{self.place}] " if self.place else ""
        raise RecipeError(f"{where}{key} = {_shown(self.value[key])}: has to be {expected}")

    def get(self, key: str, check: Callable[[Any], bool], expected: str) -> Any:
        """Return the value of ``key`` if ``check`` accepts it, or None if it is not there."""
        self.asked.add(key)
        if key not in self.value:
            return None
        if not check(self.value[key]):
            self.fail(key, expected)
        return self.value[key]

    def need(self, key: str, read: Callable[[str], Any]) -> Any:
        """Return what ``read`` finds under ``key``, which has to be there."""
        found = read(key)
        if found is None:
            raise RecipeError(f"{'[' + self.place + '] ' if self.place else ''}{key} is missing")
        return found

    def text(self, key: str, one_of: tuple[str, ...] = ()) -> str | None:
        """Return a text that is not empty."""
        found: str | None = self.get(key, lambda v: isinstance(v, str) and v != "", "a text")
        if found is not None and one_of and found not in one_of:
            self.fail(key, f"one of {', '.join(one_of)}{nearest(found, one_of)}")
        return found

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts."""
        found = self.get(key, lambda v: isinstance(v, list) and all(isinstance(i, str) for i in v), "a list of texts")
        return None if found is None else tuple(found)

    def integer(self, key: str, *, least: int) -> int | None:
        """Return a whole number."""
        found: int | None = self.get(
            key, lambda v: type(v) is int and v >= least, f"a whole number of at least {least}"
        )
        return found

    def number(self, key: str, *, above: float, below: float, closed: bool = False) -> float | None:
        """Return a number between two bounds; ``closed`` admits the bounds themselves."""

        def fits(v: Any) -> bool:
            return type(v) in (int, float) and (above < v < below or (closed and v in (above, below)))

        found = self.get(key, fits, f"a number between {above:g} and {below:g}")
        return None if found is None else float(found)

    def flag(self, key: str) -> bool | None:
        """Return true or false."""
        found: bool | None = self.get(key, lambda v: isinstance(v, bool), "true or false")
        return found

    def table(self, key: str) -> Table:
        """Return the table under ``key``; an empty one if there is none."""
        self.asked.add(key)
        return Table(self.value.get(key, {}), f"{self.place}.{key}".lstrip("."))

    def tables(self, key: str) -> list[tuple[str, Table]]:
        """Return the tables in the table under ``key``, by name."""
        inner = self.table(key)
        return [(name, inner.table(name)) for name in inner.value]

    def done(self) -> None:
        """Refuse the keys that nobody asked for, naming the nearest known one."""
        for key in self.value:
            if key not in self.asked:
                where = f"in [{self.place}]" if self.place else "at the top"
                near = nearest(key, self.asked)
                raise RecipeError(f"unknown key {key!r} {where}{near or '; known: ' + ', '.join(sorted(self.asked))}")


def _shown(value: Any) -> str:
    return json.dumps(value, default=str)


def given(**values: Any) -> dict[str, Any]:
    """Keep the values that the recipe states; the rest stay at the dataclass's defaults."""
    return {key: value for key, value in values.items() if value is not None}
