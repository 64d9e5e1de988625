"""TOML tables, read strictly into dataclasses and structs: what their annotations do not allow is an error.

An error names the table and the key, shows the value, and says what it has to be. That is taken from the annotation:
from its bounds, its choices, or from ``expected`` in the ``extra`` of its `msgspec.Meta`.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Annotated, Any, Literal, NoReturn, TypeVar

import msgspec

from edgekit.errors import RecipeError, nearest

Text = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that is not empty."""
Record = TypeVar("Record")
Table = Mapping[str, Any]
"""A table as TOML holds it, by its keys."""
UNWRITTEN = msgspec.Meta(extra={"written": False})
"""Marks a field that no table states: it comes from elsewhere in the recipe."""


def one_of(choices: Sequence[str] | Callable[[], Sequence[str]]) -> msgspec.Meta:
    """Return what limits a text to some choices; a function is asked for them when a table is read."""
    return msgspec.Meta(extra={"choices": choices})


def choices_of(annotation: Any) -> tuple[str, ...] | None:
    """Return the texts that an annotation allows; None: it allows others too."""
    choices = metadata(annotation, "choices")
    if choices is not None:
        return tuple(choices() if callable(choices) else choices)
    literals = [_bare(option) for option in _options(annotation) if typing.get_origin(_bare(option)) is Literal]
    return tuple(typing.get_args(literals[0])) if literals else None


class Field(typing.NamedTuple):
    """One key of a table.

    Attributes:
        name: Of the field in its class.
        annotation: Its type, with what `msgspec.Meta` adds.
        required: Whether a table has to state it.
    """

    name: str
    annotation: Any
    required: bool


def fields_of(record: type) -> dict[str, Field]:
    """Return the fields that a table may state, by their keys."""
    information: Any = msgspec.inspect.type_info(record)
    hints = typing.get_type_hints(record, include_extras=True)
    fields = {
        field.encode_name: Field(name=field.name, annotation=hints[field.name], required=field.required)
        for field in information.fields
    }
    return {key: field for key, field in fields.items() if metadata(field.annotation, "written") is None}


def read_table(value: Any, record: type[Record], location: str, *, absent: Sequence[str] = ()) -> Record:
    """Return a table as a value of a class.

    Args:
        value: What TOML holds.
        record: A dataclass or a `msgspec.Struct`.
        location: Name of the table, such as ``train.fine_tune``; empty at the top.
        absent: Keys that make no sense here, and are refused like unknown ones.

    Raises:
        RecipeError: A key is unknown or missing, or a value is not what its annotation allows.
    """
    table = checked_table(value, location)
    fields = {key: field for key, field in fields_of(record).items() if key not in absent}
    values = {field.name: _read(table, key, field, location) for key, field in fields.items() if key in table}
    for key, field in fields.items():
        if field.required and key not in table:
            raise RecipeError(f"{_prefix(location)}{key} is missing")
    refuse_unknown(table, fields, location)
    return record(**values)


def checked_table(value: Any, location: str) -> Table:
    """Return a value that is a table; `RecipeError` if it is none."""
    if not isinstance(value, Mapping):
        raise RecipeError(f"[{location}] has to be a table")
    return value


def refuse_unknown(table: Table, keys: Iterable[str], location: str) -> None:
    """Refuse a key that is none of ``keys``, naming the nearest of them."""
    for key in table:
        if key not in keys:
            where = f"in [{location}]" if location else "at the top"
            hint = nearest(key, keys) or "; known: " + ", ".join(sorted(keys))
            raise RecipeError(f"unknown key {key!r} {where}{hint}")


def fail(table: Table, key: str, location: str, expected: str) -> NoReturn:
    """Say what the value of a key has to be."""
    raise RecipeError(f"{_prefix(location)}{key} = {json.dumps(table[key], default=str)}: has to be {expected}")


def _read(table: Table, key: str, field: Field, location: str) -> Any:
    value, inner = table[key], f"{location}.{key}".lstrip(".")
    options = [_bare(option) for option in _options(field.annotation)]
    record = next((option for option in options if _is_record(option)), None)
    if record is not None:
        return read_table(value, record, inner)
    entry = next((_entry(option) for option in options if _entry(option) is not None), None)
    if entry is not None and isinstance(value, list):
        return tuple(_read_entry(item, entry, f"{inner}, {number}") for number, item in enumerate(value, 1))
    if entry is not None:
        fail(table, key, location, metadata(field.annotation, "expected") or "a list of tables")
    try:
        converted = msgspec.convert(value, field.annotation)
    except msgspec.ValidationError:
        fail(table, key, location, _expected(field.annotation, value))
    choices = choices_of(field.annotation)
    if choices is not None and converted not in choices:
        fail(table, key, location, _expected(field.annotation, value))
    return converted


def _read_entry(item: Any, entry: Any, location: str) -> Any:
    """Return an entry of a list, which is a table, or where its annotation allows one, a text."""
    options = [_bare(option) for option in _options(entry)]
    if isinstance(item, str) and str in options:
        return item
    if str in options and not isinstance(item, Mapping):
        table, _, number = location.partition(", ")
        parent, _, key = table.rpartition(".")
        raise RecipeError(f"[{parent}] {key}, {number}: {item!r} is neither a pattern nor a table with one")
    return read_table(item, next(option for option in options if _is_record(option)), location)


def _prefix(location: str) -> str:
    return f"[{location}] " if location else ""


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and (is_dataclass(annotation) or issubclass(annotation, msgspec.Struct))


def _options(annotation: Any) -> list[Any]:
    """Return the types that an annotation allows, without None, each with what is added to it."""
    bare = _bare(annotation)
    if typing.get_origin(bare) in (typing.Union, types.UnionType):
        return [option for option in typing.get_args(bare) if option is not type(None)]
    return [annotation]


def _bare(annotation: Any) -> Any:
    """Return a type without what is added to it."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Annotated else annotation


def _entry(annotation: Any) -> Any:
    """Return the type of the entries of ``tuple[entry, ...]``, if tables are among them."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is not tuple or arguments[-1] is not Ellipsis:
        return None
    options = [_bare(option) for option in _options(arguments[0])]
    return arguments[0] if any(_is_record(option) for option in options) else None


def _metas(annotation: Any) -> list[msgspec.Meta]:
    """Return what is added to an annotation, or to those that it allows."""
    own = list(getattr(annotation, "__metadata__", ()))
    if typing.get_origin(annotation) is Annotated:
        return own + _metas(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [meta for option in typing.get_args(annotation) for meta in _metas(option)]
    return own


def metadata(annotation: Any, name: str) -> Any:
    """Return what the annotation of a field adds under a name, in the ``extra`` of its `msgspec.Meta`."""
    values = [meta.extra[name] for meta in _metas(annotation) if meta.extra and name in meta.extra]
    return values[0] if values else None


def _expected(annotation: Any, value: Any) -> str:
    """Return in words what an annotation allows; of several types, what is nearest to the value."""
    stated = metadata(annotation, "expected")
    if stated is not None:
        return str(stated)
    choices = choices_of(annotation)
    if choices is not None and isinstance(value, str) and value:
        return f"one of {', '.join(choices)}{nearest(value, choices)}"
    options = _options(annotation)
    if isinstance(value, str) and str in [_bare(option) for option in options]:
        return "a text"
    return _of_type(options[0])


def in_words(annotation: Any) -> str:
    """Return everything that an annotation allows, as a reference says it."""
    stated = metadata(annotation, "expected")
    choices = choices_of(annotation)
    if stated is not None:
        return str(stated)
    if choices is not None:
        return "one of " + ", ".join(f"`{choice}`" for choice in choices)
    return ", or ".join(_of_type(option) for option in _options(annotation))


def _of_type(annotation: Any) -> str:
    """Return in words what one type allows."""
    bare, metas = _bare(annotation), _metas(annotation)
    if typing.get_origin(bare) is tuple and _entry(bare) is not None:
        return "a list of tables"
    if typing.get_origin(bare) is tuple:
        return "a list of texts" if _bare(typing.get_args(bare)[0]) is str else "a list of numbers"
    if typing.get_origin(bare) is dict or _is_record(bare):
        return "a table"
    lowest = next((bound for meta in metas for bound in (meta.gt, meta.ge) if bound is not None), None)
    highest = next((bound for meta in metas for bound in (meta.lt, meta.le) if bound is not None), None)
    if bare is bool:
        return "true or false"
    if bare is int:
        return "a whole number" if lowest is None else f"a whole number of at least {lowest:g}"
    if bare is float:
        return "a number" if lowest is None or highest is None else f"a number between {lowest:g} and {highest:g}"
    return "a text"
