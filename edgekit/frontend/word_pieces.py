"""Front ends that only make word pieces of one text, which public metadata can say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from edgekit.frontend.tokens import WORD_PIECES_OP

if TYPE_CHECKING:
    from edgekit.frontend.program import Program


class WordPieces(NamedTuple):
    """What a front end does that only makes word pieces of one text.

    Attributes:
        words: The vocabulary, in the order of its numbers.
        lowercase: Whether capitals become small, and accents are taken off.
        parts: By the name of what the core takes, which part it is: ids, mask or types.
    """

    words: tuple[bytes, ...]
    lowercase: bool
    parts: Mapping[str, int]


def word_pieces(program: Program) -> WordPieces | None:
    """Return what a front end does if making int32 word pieces of one text is all it does."""
    node = program.nodes[0] if len(program.nodes) == 1 else None
    if node is None or node.op != WORD_PIECES_OP:
        return None
    table = program.tables[node.attrs["table"]]
    if not table.is_vocabulary or any(
        port.tensor not in node.outputs or port.dtype != "int32" for port in program.outputs
    ):
        return None
    parts = {port.name: node.outputs.index(port.tensor) for port in program.outputs}
    return WordPieces(tuple(table.lookup), bool(node.attrs["lowercase"]), parts)
