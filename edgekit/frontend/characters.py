r"""Sets of characters as RE2 knows them, as ranges of code points: escapes, POSIX classes, Unicode categories."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]

INVALID_BYTES = (0xDC80, 0xDCFF)
"""Where Python's ``surrogateescape`` puts bytes that are no valid UTF-8."""

DIGIT: Ranges = ((48, 57),)
WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
PERL = {"d": DIGIT, "w": WORD, "s": SPACE}
POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
"""Escapes of one letter, by the code points that they stand for."""


def complement(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return all characters but these, and but the bytes that are none."""
    gaps, start = [], 0
    for low, high in sorted([*ranges, INVALID_BYTES]):
        if low > start:
            gaps.append((start, low - 1))
        start = max(start, high + 1)
    if start <= sys.maxunicode:
        gaps.append((start, sys.maxunicode))
    return tuple(gaps)


def bracketed(ranges: Ranges) -> str:
    """Return a set of characters in Python's syntax of regular expressions."""

    def char(code: int) -> str:
        return re.escape(chr(code)) if 32 <= code < 127 else f"\\U{code:08x}"

    return "[" + "".join(char(a) if a == b else f"{char(a)}-{char(b)}" for a, b in ranges) + "]"


@functools.cache
def category(name: str) -> Ranges:
    """Return the characters of a Unicode general category, such as ``P`` or ``Lu``."""
    ranges: list[tuple[int, int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1] = (ranges[-1][0], code)
            else:
                ranges.append((code, code))
    return tuple(ranges)
