"""Front ends that only make word pieces of one text are known, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgekit.frontend import Node, Port, Program, Table
from edgekit.frontend.tokens import SPECIAL, WORD_PIECES_OP
from edgekit.frontend.word_pieces import word_pieces

WORDS = tuple(word.encode() for word in (*SPECIAL, "good"))


@pytest.fixture
def tokenizing() -> Program:
    tensors = ("ids", "mask", "types")
    attrs = {"table": "words", "length": 8, "lowercase": True}
    table = Table(name="words", lookup={word: number for number, word in enumerate(WORDS)}, value_dtype="int32")
    return Program(
        inputs=(Port(name="text", tensor="text", dtype="string", shape=(None,)),),
        outputs=tuple(Port(name=f"{name}_in", tensor=name, dtype="int32", shape=(None, 8)) for name in tensors),
        nodes=(Node(op=WORD_PIECES_OP, inputs=("text",), outputs=tensors, attrs=attrs),),
        constants={},
        tables={"words": table},
    )


def test_what_only_makes_word_pieces_is_known(tokenizing: Program) -> None:
    pieces = word_pieces(tokenizing)
    assert pieces is not None
    assert pieces.words == WORDS
    assert pieces.lowercase
    assert pieces.parts == {"ids_in": 0, "mask_in": 1, "types_in": 2}


def test_what_does_more_or_gives_other_numbers_is_not(tokenizing: Program) -> None:
    wide = tuple(replace(port, dtype="int64") for port in tokenizing.outputs)
    assert word_pieces(replace(tokenizing, outputs=wide)) is None
    assert word_pieces(replace(tokenizing, nodes=tokenizing.nodes * 2)) is None
    shuffled = replace(tokenizing.tables["words"], lookup=dict.fromkeys(WORDS, 7))
    assert word_pieces(replace(tokenizing, tables={"words": shuffled})) is None
