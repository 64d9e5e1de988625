"""Shapes as users read them."""

from __future__ import annotations

import pytest

from edgekit.contract.shape import Shape, shown_shape


@pytest.mark.parametrize(
    ("shape", "text"),
    [((None, 224, 224, 3), "[?, 224, 224, 3]"), ((1,), "[1]"), ((None,), "[?]"), ((), "[]"), ((0, 2), "[0, 2]")],
)
def test_free_sizes_are_question_marks(shape: Shape, text: str) -> None:
    assert shown_shape(shape) == text


def test_no_two_shapes_look_alike() -> None:
    shapes: list[Shape] = [(), (1,), (None,), (1, 1), (11,), (1, None), (None, 1), (0,)]
    assert len({shown_shape(shape) for shape in shapes}) == len(shapes)
