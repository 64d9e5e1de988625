"""Arrays come out of a message as they went in: type, shape and bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.remote.shim.arrays import packed, unpacked


@pytest.mark.parametrize(
    "values",
    [
        np.array([[1.5, np.nan], [-np.inf, -0.0]], np.float32),
        np.zeros((0, 3), np.int8),
        np.array(7, np.int64),
        np.arange(12, dtype=np.int16).reshape(3, 4).T,
        np.array([True, False]),
    ],
)
def test_numbers(values: Any) -> None:
    arrived = unpacked(packed(values))
    assert arrived.dtype == values.dtype
    assert arrived.shape == values.shape
    assert arrived.tobytes() == values.tobytes()


def test_texts_are_bytes_of_any_length() -> None:
    texts = np.array([[b"", b"\0ends\0"], ["\N{GREEK SMALL LETTER MU}".encode(), b"a" * 300]], object)
    arrived = unpacked(packed(texts))
    assert arrived.shape == (2, 2)
    assert arrived.tolist() == texts.tolist()
    assert unpacked(packed(np.zeros((0, 1), object))).shape == (0, 1)


def test_bytes_that_are_missing_are_an_error() -> None:
    message = packed(np.ones((2, 3), np.float32))
    assert unpacked(message).shape == (2, 3)
    with pytest.raises(ValueError, match="reshape"):
        unpacked({**message, "data": message["data"][:-4]})
    with pytest.raises(ValueError, match="buffer size"):
        unpacked({**message, "data": message["data"][:-1]})
