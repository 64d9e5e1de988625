"""Texts: sentences in UTF-8, in a tensor of strings."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import guessed_input
from edgekit.contract.shape import Shape
from edgekit.data.media.text import MEDIUM


def text(shape: Shape = (None,)) -> InputSpec:
    return InputSpec.of("text", name="words", dtype="string", shape=shape, key="words")


@pytest.mark.parametrize(("shape", "axes"), [((None,), (2,)), ((None, 1), (2, 1)), ((None, 1, 1), (2, 1, 1))])
def test_a_batch_has_the_axes_of_the_input(shape: Shape, axes: tuple[int, ...]) -> None:
    batch = MEDIUM.of_texts(["one", "two"], text(shape))
    assert (batch.shape, batch.dtype) == (axes, np.dtype(object))
    assert batch.ravel().tolist() == [b"one", b"two"]


@pytest.mark.parametrize("sentence", ["", "é 你好 🙂", "nul \0 and\nlines\r\n", "x" * 100_000])
def test_a_sentence_is_its_bytes(sentence: str) -> None:
    (encoded,) = MEDIUM.of_texts([sentence], text())
    assert isinstance(encoded, bytes)
    assert encoded.decode("utf-8") == sentence


def test_no_sentence_is_an_empty_batch() -> None:
    assert MEDIUM.of_texts([], text()).shape == (0,)


def test_strings_are_texts_and_nothing_else_is() -> None:
    for dtype in ("string", "float32", "int64", "object"):
        assert MEDIUM.guesses(dtype, (None,)) == MEDIUM.fits(dtype, (None,)) == (dtype == "string")
    assert guessed_input("x", "string", (None,)).kind == "text"


def test_what_becomes_of_a_text_in_words() -> None:
    assert list(MEDIUM.steps(text())) == ["a sentence in UTF-8"]
