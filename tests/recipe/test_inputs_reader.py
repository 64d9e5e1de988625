"""What a recipe says of inputs: keys of modules and of media apart, each checked by who knows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgekit.errors import RecipeError
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.recipe.inputs_reader import check_trust, read_inputs

DIGEST = "sha256:" + "0a" * 32
BASE = Path("/base")


def read(table: Any, *, finished: bool = False) -> InputRecipe:
    (input_,) = read_inputs({"x": table}, BASE, finished=finished)
    return input_


def test_keys_of_the_module_and_settings_of_the_medium() -> None:
    table = {"module": "m", "kind": "image", "output": "o", "trust": DIGEST, "range": [0.0, 1.0], "size": [8, 9]}
    assert read(table) == InputRecipe(
        name="x", module="m", kind="image", output="o", trust=DIGEST, settings={"range": (0.0, 1.0), "size": (8, 9)}
    )


def test_what_is_not_stated_is_not_among_the_settings() -> None:
    assert read({"module": "m", "kind": "image"}).settings == {}
    assert read({"module": "m", "antialias": False}).settings == {"antialias": False}


def test_a_vocabulary_lies_beside_the_recipe() -> None:
    table = {"module": "m", "vocabulary": "words.txt", "tokens": 16, "lowercase": True}
    assert read(table).vocabulary == BASE / "words.txt"
    assert read({**table, "vocabulary": "/else/words.txt"}).vocabulary == Path("/else/words.txt")
    with pytest.raises(RecipeError, match="tokens and lowercase go with a vocabulary"):
        read({"module": "m", "tokens": 16})


def test_inputs_are_in_the_order_of_the_file_and_may_be_none() -> None:
    tables = {name: {"module": "m"} for name in ("b", "a", "c")}
    assert [entry.name for entry in read_inputs(tables, BASE, finished=False)] == ["b", "a", "c"]
    assert read_inputs({}, BASE, finished=True) == ()


def test_an_input_of_a_finished_model_has_no_module() -> None:
    assert read({"range": [0.0, 1.0]}, finished=True).module is None
    with pytest.raises(RecipeError, match=r"unknown key 'module' in \[inputs\.x\]"):
        read({"module": "m"}, finished=True)
    with pytest.raises(RecipeError, match=r"\[inputs\.x\] module is missing"):
        read({"range": [0.0, 1.0]})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("m", r"\[inputs\.x\] has to be a table"),
        ({"module": ""}, "module = .* has to be a text"),
        ({"kind": "imag"}, "did you mean 'image'"),
        ({"rnge": [0.0, 1.0]}, "unknown key 'rnge'.*did you mean 'range'"),
        ({"kind": "audio", "size": [8, 8]}, r"unknown key 'size' in \[inputs\.x\]"),
        ({"sample_rate": 8000, "range": [0.0, 1.0]}, "are of different media: say which by kind"),
        ({"kind": "image", "range": [1.0, 0.0]}, "has to be two numbers, the lower first"),
        ({"kind": "image", "range": [0.0, float("inf")]}, "has to be two numbers, the lower first"),
        ({"kind": "image", "mean": [0.5, 0.5, 0.5]}, "mean and std go together"),
        ({"kind": "image", "resize": "nearest", "antialias": True}, "antialias = true: nearest"),
        ({"trust": "sha256:1"}, "trust has to be the digest"),
    ],
)
def test_what_cannot_be_is_named(table: Any, message: str) -> None:
    stated = {"module": "m", **table} if isinstance(table, dict) else table
    with pytest.raises(RecipeError, match=message):
        read(stated)


def test_only_a_digest_is_trusted() -> None:
    assert check_trust(None, "x") is None
    assert check_trust(DIGEST, "x") == DIGEST
    for text in ("", "yes", DIGEST.upper(), DIGEST + "\n", DIGEST[:-1]):
        with pytest.raises(RecipeError, match=r"\[x\] trust has to be the digest that edgekit inspect shows"):
            check_trust(text, "x")
