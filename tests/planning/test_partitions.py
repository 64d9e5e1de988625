"""Partitions: operators that are connected through others that the delegate takes."""

from __future__ import annotations

import pytest

from edgekit.formats.tflite.operators import Operator
from edgekit.planning.partitions import groups


def operators(*makers: tuple[int, ...]) -> list[Operator]:
    return [
        Operator(index=index, kind="ADD", inputs=(), outputs=(), makers=sources) for index, sources in enumerate(makers)
    ]


@pytest.mark.parametrize(
    ("delegated", "partitions"),
    [
        ({0, 1, 2, 3}, [{0, 1, 2, 3}]),
        ({0, 1, 3}, [{0, 1, 3}]),
        ({0, 3}, [{0}, {3}]),
        ({1, 2}, [{1}, {2}]),
        (set(), []),
    ],
)
def test_a_diamond(delegated: set[int], partitions: list[set[int]]) -> None:
    assert groups(operators((), (0,), (0,), (1, 2)), delegated) == partitions
