from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgekit.errors import FrontEndError
from edgekit.frontend.program import Table
from edgekit.frontend.registry import OPS, Kernel
from edgekit.frontend.tokens import SPECIAL, WORD_PIECES_OP
from tests.hub_modules import VOCABULARY

IDS = {word: place for place, word in enumerate(VOCABULARY)}


def kernel(*, length: int = 8, lowercase: bool = True, words: tuple[str, ...] = VOCABULARY) -> Kernel:
    lookup = {word.encode(): place for place, word in enumerate(words)}
    table = Table(name="vocabulary", lookup=lookup, value_dtype="int32")
    return OPS[WORD_PIECES_OP]({"table": table, "length": length, "lowercase": lowercase})


def texts(*values: str | bytes) -> np.ndarray:
    made = np.empty(len(values), object)
    made[:] = [value.encode() if isinstance(value, str) else value for value in values]
    return made


def pieces(text: str | bytes, **options: object) -> list[str]:
    ids, mask, types = kernel(**options)(texts(text))  # type: ignore[arg-type]
    assert not types.any()
    assert (mask == (ids != IDS["[PAD]"])).all()
    return [VOCABULARY[place] for place in ids[0] if place]


def test_words_become_their_longest_pieces() -> None:
    assert pieces("The films: a Good plot!") == ["[CLS]", "the", "film", "##s", "[UNK]", "a", "good", "[SEP]"]
    assert pieces("badly") == ["[CLS]", "bad", "##ly", "[SEP]"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n", []),
        ("zebra", ["[UNK]"]),
        ("fïlm", ["film"]),
        (b"good\x00 \xff film", ["good", "film"]),
        ("good " * 10_000, ["good"] * 6),
        ("x" * 10_000, ["[UNK]"]),
    ],
)
def test_odd_texts(text: str | bytes, expected: list[str]) -> None:
    assert pieces(text) == ["[CLS]", *expected, "[SEP]"]


def test_capitals_stay_where_the_model_knows_them() -> None:
    assert pieces("GOOD film", lowercase=False) == ["[CLS]", "[UNK]", "film", "[SEP]"]


@given(values=st.lists(st.one_of(st.text(max_size=50), st.binary(max_size=50)), min_size=1, max_size=5))
def test_any_text_has_its_shape_whatever_its_neighbours(values: list[str | bytes]) -> None:
    run = kernel()
    together = run(texts(*values))
    for index, value in enumerate(values):
        for part, alone in zip(together, run(texts(value)), strict=True):
            assert part.dtype == np.int32
            assert part.shape == (len(values), 8)
            assert (part[index] == alone[0]).all()


@pytest.mark.parametrize("lacking", SPECIAL)
def test_a_vocabulary_without_a_special_piece_is_none(lacking: str) -> None:
    with pytest.raises(FrontEndError, match=rf"the vocabulary has no \{lacking[:-1]}\]: it is none of word pieces"):
        kernel(words=tuple(word for word in VOCABULARY if word != lacking))
