"""A refusal is one line for the user: the first of an error, or the last where a loader speaks."""

from __future__ import annotations

import pytest

from edgekit.remote.shim.errors import DelegateRefused, Refused, last_line, line


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("one", "one", "one"),
        ("\n  first \n\nlast\n ", "first", "last"),
        ("", "ValueError", "ValueError"),
        (" \n\t\n", "ValueError", "ValueError"),
    ],
)
def test_a_line_of_an_error(text: str, first: str, last: str) -> None:
    assert line(ValueError(text)) == first
    assert last_line(ValueError(text)) == last


def test_a_refused_delegate_is_a_refusal_and_not_the_other_way_round() -> None:
    with pytest.raises(Refused, match="it takes nothing"):
        raise DelegateRefused("it takes nothing")
    assert not isinstance(Refused("no model"), DelegateRefused)
