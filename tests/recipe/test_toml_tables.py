"""Tables are read strictly: what an annotation does not allow is refused by table, key and value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from edgekit.errors import RecipeError
from edgekit.recipe.toml_tables import (
    UNWRITTEN,
    Text,
    checked_table,
    choices_of,
    fail,
    fields_of,
    in_words,
    metadata,
    one_of,
    read_table,
    refuse_unknown,
)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """An entry of a list of tables."""

    units: Annotated[int, Meta(ge=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A table with one key of each sort."""

    name: Text
    epochs: Annotated[int, Meta(ge=1)] = 10
    rate: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    share: Annotated[float, Meta(gt=0, lt=1)] | Text = 0.2
    shuffle: bool = False
    colour: Annotated[str, one_of(("red", "green"))] = "red"
    order: Literal["first", "last"] | None = None
    size: Annotated[tuple[int, int] | None, Meta(extra={"expected": "two numbers"})] = None
    tags: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    parts: Annotated[tuple[str | Layer, ...], Meta(extra={"expected": "a list of patterns or tables"})] = ()
    inner: Layer | None = None
    overrides: tuple[str, ...] = msgspec.field(default=(), name="except")
    seed: Annotated[int, UNWRITTEN] = 0


WHOLE: dict[str, Any] = {
    "name": "a",
    "epochs": 3,
    "rate": 0.1,
    "share": "folder",
    "shuffle": True,
    "colour": "green",
    "order": "last",
    "size": [3, 4],
    "tags": ["x"],
    "layers": [{"units": 2}],
    "parts": ["conv", {"units": 3}],
    "inner": {"units": 4},
    "except": ["dense"],
}


def test_a_whole_table_is_read() -> None:
    settings = read_table(WHOLE, Settings, "train")
    assert settings == Settings(
        name="a",
        epochs=3,
        rate=0.1,
        share="folder",
        shuffle=True,
        colour="green",
        order="last",
        size=(3, 4),
        tags=("x",),
        layers=(Layer(units=2),),
        parts=("conv", Layer(units=3)),
        inner=Layer(units=4),
        overrides=("dense",),
    )


def test_what_is_not_stated_is_the_default() -> None:
    assert read_table({"name": "a"}, Settings, "") == Settings(name="a")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, '[train] name = "": has to be a text'),
        ({"name": 3}, "[train] name = 3: has to be a text"),
        ({"epochs": 0}, "[train] epochs = 0: has to be a whole number of at least 1"),
        ({"epochs": True}, "epochs = true: has to be a whole number"),
        ({"epochs": 3.0}, "epochs = 3.0: has to be a whole number"),
        ({"rate": 1.0}, "rate = 1.0: has to be a number between 0 and 1"),
        ({"rate": math.nan}, "rate = NaN: has to be a number between 0 and 1"),
        ({"rate": math.inf}, "rate = Infinity: has to be"),
        ({"rate": "0.1"}, 'rate = "0.1": has to be a number'),
        ({"share": ""}, 'share = "": has to be a text'),
        ({"share": 2}, "share = 2: has to be a number between 0 and 1"),
        ({"shuffle": 1}, "shuffle = 1: has to be true or false"),
        ({"colour": "gren"}, "has to be one of red, green; did you mean 'green'?"),
        ({"order": "middle"}, "has to be one of first, last"),
        ({"size": [3]}, "size = [3]: has to be two numbers"),
        ({"tags": "x"}, "has to be a list of texts"),
        ({"tags": [1]}, "has to be a list of texts"),
        ({"layers": {}}, "has to be a list of tables"),
        ({"layers": [{"units": 2}, {"units": 0}]}, "[train.layers, 2] units = 0"),
        ({"layers": [{}]}, "[train.layers, 1] units is missing"),
        ({"layers": [3]}, "[train.layers, 1] has to be a table"),
        ({"parts": [3]}, "[train] parts, 1: 3 is neither a pattern nor a table with one"),
        ({"inner": []}, "[train.inner] has to be a table"),
        ({"inner": {"units": 2, "unit": 3}}, "unknown key 'unit' in [train.inner]; did you mean 'units'?"),
        ({"seed": 3}, "unknown key 'seed' in [train]"),
        ({"overrides": []}, "unknown key 'overrides' in [train]"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as raised:
        read_table({**WHOLE, **changes}, Settings, "train")
    assert message in str(raised.value)


def test_a_key_that_is_required_and_one_that_makes_no_sense_here() -> None:
    with pytest.raises(RecipeError, match=r"^name is missing$"):
        read_table({}, Settings, "")
    with pytest.raises(RecipeError, match="unknown key 'epochs' at the top"):
        read_table(WHOLE, Settings, "", absent=("epochs",))


@pytest.mark.parametrize("value", [[], "a", 3, None, True])
def test_what_is_no_table_is_refused(value: Any) -> None:
    with pytest.raises(RecipeError, match=r"\[train\] has to be a table"):
        checked_table(value, "train")
    assert checked_table({}, "train") == {}


def test_an_unknown_key_far_from_all_names_them_all() -> None:
    with pytest.raises(RecipeError, match=r"'zzz' in \[t\]; known: a, b"):
        refuse_unknown({"zzz": 1}, ("b", "a"), "t")
    refuse_unknown({"a": 1}, ("b", "a"), "t")


def test_a_value_with_no_json_form_is_shown_all_the_same() -> None:
    with pytest.raises(RecipeError, match=r'\[t\] when = "\{1\}": has to be a date'):
        fail({"when": {1}}, "when", "t", "a date")


def test_keys_are_as_written_and_fields_as_named() -> None:
    fields = fields_of(Settings)
    assert fields["except"].name == "overrides"
    assert fields["name"].required
    assert not fields["epochs"].required
    assert "seed" not in fields


def test_choices_may_be_asked_for_when_a_table_is_read() -> None:
    choices = ["red"]
    annotation = Annotated[str, one_of(lambda: choices)]
    assert choices_of(annotation) == ("red",)
    choices.append("blue")
    assert choices_of(annotation) == ("red", "blue")
    assert choices_of(Literal["a", "b"] | None) == ("a", "b")
    assert choices_of(str) is None


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("epochs", "a whole number of at least 1"),
        ("rate", "a number between 0 and 1"),
        ("share", "a number between 0 and 1, or a text"),
        ("shuffle", "true or false"),
        ("colour", "one of `red`, `green`"),
        ("order", "one of `first`, `last`"),
        ("size", "two numbers"),
        ("tags", "a list of texts"),
        ("layers", "a list of tables"),
        ("parts", "a list of patterns or tables"),
        ("inner", "a table"),
    ],
)
def test_an_annotation_in_words(key: str, words: str) -> None:
    assert in_words(fields_of(Settings)[key].annotation) == words


def test_what_is_added_to_an_annotation() -> None:
    size = fields_of(Settings)["size"].annotation
    assert metadata(size, "expected") == "two numbers"
    assert metadata(size, "choices") is None
    assert metadata(Annotated[int, Meta(ge=1)] | None, "expected") is None
