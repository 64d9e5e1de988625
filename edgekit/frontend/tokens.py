"""Front-end op on word pieces: texts become the numbers that encoders of the BERT family take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import FrontEndError
from edgekit.frontend.registry import Attributes, Kernel, op
from edgekit.system.optional import require

WORD_PIECES_OP = "WordPieces"
"""edgekit's own op: texts ``[n]`` become ids, mask and types, each int32 ``[n, length]``."""

PADDING, UNKNOWN, START, END = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@op(WORD_PIECES_OP)
def _word_pieces(attrs: Attributes) -> Kernel:
    """Split by BERT's rules (Devlin et al., 2019), by the tokenizers library: words, then the longest word pieces.

    Raises:
        FrontEndError: The vocabulary lacks one of the special word pieces, or is none of text.
        MissingExtraError: The library is not installed.
    """
    tokenizers = require("tokenizers", asked="a text in word pieces", extra="text")
    words, length = vocabulary_of(attrs["table"].lookup), int(attrs["length"])
    tokenizer = tokenizers.BertWordPieceTokenizer(vocab=words, lowercase=bool(attrs["lowercase"]))
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length, pad_id=words[PADDING], pad_token=PADDING)

    def kernel(texts: NDArray[Any]) -> tuple[NDArray[np.int32], ...]:
        encodings = tokenizer.encode_batch([text.decode("utf-8", "replace") for text in texts.reshape(-1).tolist()])
        parts = ([e.ids for e in encodings], [e.attention_mask for e in encodings], [e.type_ids for e in encodings])
        return tuple(np.array(rows, np.int32).reshape(len(encodings), length) for rows in parts)

    return kernel


def vocabulary_of(lookup: Mapping[bytes, int]) -> dict[str, int]:
    """Return a table's word pieces as text, checked.

    Raises:
        FrontEndError: One is no text in UTF-8, or a special one is missing.
    """
    try:
        words = {key.decode("utf-8"): number for key, number in lookup.items()}
    except (UnicodeDecodeError, AttributeError) as error:
        raise FrontEndError(f"a vocabulary of word pieces is text in UTF-8, one per line: {error}") from error
    missing = [word for word in SPECIAL if word not in words]
    if missing:
        raise FrontEndError(f"the vocabulary has no {', '.join(missing)}: it is none of word pieces")
    return words
