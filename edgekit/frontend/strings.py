"""Front-end ops on strings, as TensorFlow defines them: on bytes, UTF-8 where an op says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import FrontEndError
from edgekit.frontend.fingerprint import fingerprint64
from edgekit.frontend.patterns import Replacement
from edgekit.frontend.registry import Attributes, Kernel, op

Strings = NDArray[Any]


def _each(change: Callable[[bytes], Any], strings: Strings, dtype: Any = object) -> NDArray[Any]:
    flat = np.asarray(strings, object)
    changed = np.empty(flat.size, dtype)
    changed[:] = [change(text) for text in flat.reshape(-1).tolist()]
    return changed.reshape(flat.shape)


def _unicode(change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """Change text as UTF-8; TensorFlow hands ICU a C string, so what follows a null byte is lost."""
    return lambda text: change(text.partition(b"\0")[0].decode("utf-8", "replace")).encode("utf-8")


@op("StringLower")
def _lower(attrs: Attributes) -> Kernel:
    change = _unicode(str.lower) if attrs.get("encoding") == "utf-8" else bytes.lower
    return lambda strings: _each(change, strings)


@op("StringUpper")
def _upper(attrs: Attributes) -> Kernel:
    change = _unicode(str.upper) if attrs.get("encoding") == "utf-8" else bytes.upper
    return lambda strings: _each(change, strings)


@op("StringStrip")
def _strip(attrs: Attributes) -> Kernel:  # noqa: ARG001  # every factory takes attributes
    return lambda strings: _each(bytes.strip, strings)


@op("StaticRegexReplace")
def _static_replace(attrs: Attributes) -> Kernel:
    replace = Replacement(attrs["pattern"], attrs["rewrite"], everywhere=attrs.get("replace_global", True))
    return lambda strings: _each(replace, strings)


@op("StringLength")
def _length(attrs: Attributes) -> Kernel:
    if attrs.get("unit", "BYTE") == "BYTE":
        return lambda strings: _each(len, strings, np.int32)
    # TensorFlow counts the bytes that begin a character, valid or not.
    return lambda strings: _each(lambda text: sum((byte & 0xC0) != 0x80 for byte in text), strings, np.int32)


@op("StringJoin")
def _join(attrs: Attributes) -> Kernel:
    separator = attrs.get("separator", "").encode("utf-8")

    def kernel(*strings: Strings) -> Strings:
        parts = np.broadcast_arrays(*[np.asarray(array, object) for array in strings])
        joined = np.empty(parts[0].size, object)
        columns = [array.reshape(-1).tolist() for array in parts]
        joined[:] = [separator.join(row) for row in zip(*columns, strict=True)]
        return joined.reshape(parts[0].shape)

    return kernel


@op("Substr")
def _substr(attrs: Attributes) -> Kernel:
    if attrs.get("unit", "BYTE") != "BYTE":
        raise FrontEndError("Substr by characters is not supported, only by bytes")

    def kernel(strings: Strings, start: Any, length: Any) -> Strings:
        if np.ndim(start) or np.ndim(length):
            raise FrontEndError("Substr with a place for each string is not supported")
        first, count = int(start), int(length)

        def cut(text: bytes) -> bytes:
            begin = first if first >= 0 else len(text) + first
            if not 0 <= begin <= len(text):
                raise FrontEndError(f"Substr: place {first} is outside a string of {len(text)} bytes")
            return text[begin : begin + count]

        return _each(cut, strings)

    return kernel


@op("StringSplitV2")
def _split(attrs: Attributes) -> Kernel:
    most = attrs.get("maxsplit", -1)

    def kernel(strings: Strings, separator: Any) -> tuple[NDArray[Any], ...]:
        sep: bytes | None = np.asarray(separator, object).item() or None
        return _sparse([_parts(text, sep, most) for text in strings.tolist()])

    return kernel


def _parts(text: bytes, separator: bytes | None, most: int) -> list[bytes]:
    """Split as TensorFlow does: like Python, but that no split keeps the text, and the last one its empty rest."""
    if most == 0:
        return [text]
    parts = text.split(separator, most)
    return [*parts, b""] if separator is None and len(parts) == most else parts


@op("StringSplit")
def _split_v1(attrs: Attributes) -> Kernel:
    skip = attrs.get("skip_empty", True)

    def kernel(strings: Strings, delimiter: Any) -> tuple[NDArray[Any], ...]:
        any_of: bytes = np.asarray(delimiter, object).item()
        table = bytes.maketrans(any_of, any_of[:1] * len(any_of)) if any_of else b""

        def cut(text: bytes) -> list[bytes]:
            if not text:
                return []
            if not any_of:
                return [text[i : i + 1] for i in range(len(text))]
            parts = text.translate(table).split(any_of[:1])
            return [piece for piece in parts if piece] if skip else parts

        return _sparse([cut(text) for text in strings.tolist()])

    return kernel


def _sparse(rows: list[list[bytes]]) -> tuple[NDArray[Any], ...]:
    lengths = [len(row) for row in rows]
    values = np.empty(sum(lengths), object)
    values[:] = [piece for row in rows for piece in row]
    indices = np.empty((len(values), 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(rows)), lengths)
    indices[:, 1] = [column for length in lengths for column in range(length)]
    return indices, values, np.array([len(rows), max(lengths, default=0)], np.int64)


@op("StringToHashBucketFast")
def _hash(attrs: Attributes) -> Kernel:
    buckets = attrs["num_buckets"]
    if buckets == 1:
        return lambda strings: np.zeros(np.shape(strings), np.int64)
    return lambda strings: _each(lambda text: fingerprint64(text) % buckets, strings, np.int64)


@op("LookupTableFindV2", "LookupTableFind")
def _find(attrs: Attributes) -> Kernel:
    table, dtype = attrs["table"].lookup, attrs["table"].value_dtype

    def kernel(keys: NDArray[Any], default: Any) -> NDArray[Any]:
        otherwise = np.asarray(default).item()
        flat = np.asarray(keys)
        values = np.empty(flat.size, dtype)
        values[:] = [table.get(key, otherwise) for key in flat.reshape(-1).tolist()]
        return values.reshape(flat.shape)

    return kernel


@op("LookupTableSizeV2", "LookupTableSize")
def _table_size(attrs: Attributes) -> Kernel:
    size = np.asarray(len(attrs["table"].lookup), np.int64)
    return lambda: size
