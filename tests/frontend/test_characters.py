"""Sets of characters: complements, categories and their spelling, each against Python's own answer."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from edgekit.frontend.characters import INVALID_BYTES, POSIX, Ranges, bracketed, category, complement


def holds(ranges: Ranges, code: int) -> bool:
    return any(low <= code <= high for low, high in ranges)


@pytest.mark.parametrize("ranges", [(), ((10, 10),), ((48, 57), (65, 90)), ((0, 127),), ((0, sys.maxunicode),)])
def test_a_complement_holds_the_others_but_no_invalid_byte(ranges: Ranges) -> None:
    others = complement(ranges)
    for code in (0, 9, 10, 11, 47, 48, 57, 58, 0xDC7F, 0xDD00, 0x1F600, sys.maxunicode):
        assert holds(others, code) != holds(ranges, code)
    assert not any(holds(others, code) for code in INVALID_BYTES)


@pytest.mark.parametrize("name", ["Lu", "P", "N"])
def test_a_category_is_unicodes(name: str) -> None:
    ranges = category(name)
    for code in range(0x3000):
        assert holds(ranges, code) == unicodedata.category(chr(code)).startswith(name)


def test_there_is_no_such_category() -> None:
    assert category("Klingon") == ()


@pytest.mark.parametrize("name", POSIX)
def test_a_set_is_spelled_as_python_reads_it(name: str) -> None:
    pattern = re.compile(bracketed(POSIX[name]))
    for code in range(256):
        assert (pattern.fullmatch(chr(code)) is not None) == holds(POSIX[name], code)
