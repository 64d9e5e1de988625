"""FarmHash in Python puts words into the buckets that TensorFlow's puts them into."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.frontend.fingerprint import fingerprint64

texts = st.one_of(st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=40))
"""Unicode of any script, and bytes that are no valid UTF-8."""


words = st.one_of(
    texts, st.sampled_from([b"", b" ", b"a  b\tc\n", b"\xc3\x89LAN", "ΣΑΣ İ ß".encode(), b"a\x00b", b"x" * 200])
)


@pytest.fixture(scope="module")
def tf() -> Any:
    from edgekit.system.optional import tensorflow

    return tensorflow()


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(words, st.binary(min_size=0, max_size=300)))
def test_hash_buckets(tf: Any, text: bytes) -> None:
    theirs = tf.raw_ops.StringToHashBucketFast(input=[text], num_buckets=1_000_003).numpy()[0]
    assert fingerprint64(text) % 1_000_003 == theirs
