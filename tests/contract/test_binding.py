"""Binding goes by what a user says, by names, and by shapes where one way alone fits; never by position."""

from __future__ import annotations

from typing import Any

import pytest

from edgekit.contract.binding import alike, bind, by_shape
from edgekit.contract.contract import InputSpec
from edgekit.errors import DataError


def port(name: str, *sizes: int | None, dtype: str = "float32", **settings: Any) -> InputSpec:
    return InputSpec.of("tensor", name=name, dtype=dtype, shape=(None, *sizes), key=name, **settings)


def ports(names: str, *sizes: int | None) -> list[InputSpec]:
    return [port(name, *sizes) for name in names]


def test_names_that_differ_are_not_matched_by_position() -> None:
    assert bind(ports("ab"), ports("ba")) == {"a": "a", "b": "b"}
    assert bind(ports("a", 2), ports("x", 3)) == {"a": "x"}  # one alone; that the shapes differ is for later
    assert bind([], []) == {}
    with pytest.raises(DataError, match=r"fit in several ways: the original has a float32 \[\?\], b .* has x .*, y"):
        bind(ports("ab"), ports("xy"))
    with pytest.raises(DataError, match="the artifact has none"):
        bind(ports("a"), [])


def test_what_a_user_says_goes_before_names() -> None:
    assert bind(ports("ab"), ports("xb"), {"a": "x"}) == {"a": "x", "b": "b"}
    assert bind(ports("ab"), ports("ab"), {"a": "b", "b": "a"}) == {"a": "b", "b": "a"}
    assert bind(ports("a"), ports("x"), {"elsewhere": "x"}) == {"a": "x"}  # said of outputs, it says nothing of inputs
    assert bind(ports("ab"), ports("xy"), {"b": "x"}) == {"a": "y", "b": "x"}  # what is left fits in one way


def test_shapes_and_dtypes_decide_where_one_way_fits() -> None:
    ours = [port("a", 2), port("b", 3), port("ids", 3, dtype="int64")]
    theirs = [port("z", 3, dtype="int32"), port("y", 3), port("x", 2)]
    bound = bind(ours, theirs)
    assert bound == {"a": "x", "b": "y", "ids": "z"}
    assert by_shape(bound, {}) == bound
    assert by_shape(bound, {"a": "x"}) == {"b": "y", "ids": "z"}
    assert by_shape({"a": "x"}, {}) == {}  # one alone is no guess
    with pytest.raises(DataError, match="no way to match them fits"):
        bind(ours, [*theirs[:2], port("x", 5)])
    with pytest.raises(DataError, match="fit in several ways"):
        bind([port("a", None), port("b", 2)], [port("x", 2), port("y", None)])


def test_channels_are_turned_only_where_nothing_else_fits() -> None:
    ours, theirs = [port("a", 8, 6, 3), port("b", 3, 8, 6)], [port("x", 3, 8, 6), port("y", 8, 6, 3)]
    assert bind(ours, theirs) == {"a": "y", "b": "x"}
    assert bind([ours[0], port("n", 2)], [theirs[0], port("m", 2)]) == {"a": "x", "n": "m"}


def test_many_that_are_alike_and_one_that_fits_nothing_are_told_at_once() -> None:
    ours, theirs = ports("abcdefghijklmnop", 2), [*ports("ABCDEFGHIJKLMNO", 2), port("Z", 3)]
    with pytest.raises(DataError, match="no way to match them fits"):
        bind(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("float32", "float16", True),
        ("uint8", "int64", True),
        ("string", "str", True),
        ("float32", "int8", False),
        ("bool", "float32", False),
    ],
)
def test_the_width_of_numbers_does_not_tell_apart(ours: str, theirs: str, same: bool) -> None:
    assert alike(port("a", dtype=ours), port("b", dtype=theirs)) is same


def test_integers_that_stand_for_floats_are_floats() -> None:
    quantization = {"scale": 0.1, "zero_point": 0, "dtype": "int8"}
    assert alike(port("a"), port("b", dtype="int8", quantization=quantization))
