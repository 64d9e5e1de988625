"""Settings of a medium: strict, frozen, and in JSON only where something is said."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import pytest

from edgekit.contract.settings import MediumSettings, are_limits


class Smell(MediumSettings, frozen=True, kw_only=True):
    """A medium with one setting of each sort."""

    kind: ClassVar[str] = "smell"
    range: tuple[float, float] | None = None
    strength: float | None = None
    sweet: bool | None = None


def test_only_what_is_said_is_written_in_the_order_of_the_fields() -> None:
    assert Smell().to_json() == {}
    assert list(Smell(sweet=True, range=(0.0, 1.0)).to_json().items()) == [("range", [0.0, 1.0]), ("sweet", True)]


def test_nothing_and_false_are_said_and_none_is_not() -> None:
    assert Smell(strength=0.0, sweet=False).to_json() == {"strength": 0.0, "sweet": False}
    assert Smell(strength=None, sweet=None).to_json() == {}


def test_what_is_written_is_read_back() -> None:
    smell = Smell(range=(0.0, 1.0), strength=0.5)
    assert msgspec.convert(smell.to_json(), Smell) == smell
    assert msgspec.convert(smell.to_json(), Smell) != Smell(range=(0.0, 1.0))


@pytest.mark.parametrize("stated", [{"strenght": 0.5}, {"kind": "smell"}, {"strength": "much"}, {"range": [0.0]}])
def test_an_unknown_setting_and_one_of_another_type_are_refused(stated: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(stated, Smell)


def test_a_medium_that_says_nothing_against_it_takes_every_shape() -> None:
    for shape in ((), (None,), (None, 8, 8, 3)):
        assert Smell(range=(1.0, 0.0)).senseless(shape) is None
    assert Smell().contradiction() is None


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Smell().strength = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("numbers", "hold"),
    [
        ((0.0, 1.0), True),
        ((-1.0, -0.5), True),
        ((1.0, 0.0), False),
        ((1.0, 1.0), False),
        ((0.0,), False),
        ((), False),
        ((0.0, 1.0, 2.0), False),
        ((float("nan"), 1.0), False),
        ((0.0, float("inf")), False),
        ((float("-inf"), 0.0), False),
    ],
)
def test_the_ends_of_a_range_are_finite_and_in_order(numbers: tuple[float, ...], hold: bool) -> None:
    assert are_limits(numbers) == hold
