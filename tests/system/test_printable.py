"""What others say is shown as short lines that any terminal and any XML reader can take."""

from __future__ import annotations

import pytest

from edgekit.system.printable import LONGEST, encodable, first_line, plain, printable, size


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("no such op", "no such op"),
        ("no such op\n\tat node 3\n", "no such op"),
        ("\n\n  no such op", "no such op"),
        ("", "ValueError"),
        (" \n ", "ValueError"),
    ],
)
def test_the_first_line_says_something_even_of_an_empty_message(message: str, line: str) -> None:
    assert first_line(ValueError(message)) == line


def test_the_first_line_is_of_an_error_without_arguments_too() -> None:
    assert first_line(KeyboardInterrupt()) == "KeyboardInterrupt"


def test_the_first_line_is_cut_where_asked() -> None:
    assert first_line(ValueError("x" * 300), longest=120) == "x" * 120
    assert first_line(ValueError("x" * 300)) == "x" * 300


def test_what_a_device_says_is_one_short_line() -> None:
    assert plain("\x1b[31mno\nsuch device\x00") == "[31mno such device"
    assert plain("x" * 1000) == "x" * LONGEST


def test_half_a_surrogate_pair_is_replaced_and_a_letter_is_not() -> None:
    assert encodable({"caf\u00e9": ["\ud83c"]}) == {"caf\u00e9": ["\N{REPLACEMENT CHARACTER}"]}


def test_what_xml_has_not_is_replaced_and_colours_are_dropped() -> None:
    assert printable(("a\x00b", "\x1b[31mred\x1b[0m", 3)) == ["a\N{REPLACEMENT CHARACTER}b", "red", 3]


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "-"), (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_500_000, "1.50 MB"), (2_000_000_000, "2.00 GB")],
)
def test_sizes_are_in_powers_of_1000(count: int | None, text: str) -> None:
    assert size(count) == text
