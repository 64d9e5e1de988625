"""RE2's regular expressions in Python's syntax, against TensorFlow's own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.errors import FrontEndError
from edgekit.frontend.patterns import Replacement, translate

texts = st.one_of(st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=40))
"""Unicode of any script, and bytes that are no valid UTF-8."""


words = st.one_of(
    texts, st.sampled_from([b"", b" ", b"a  b\tc\n", b"\xc3\x89LAN", "ΣΑΣ İ ß".encode(), b"a\x00b", b"x" * 200])
)


@pytest.fixture(scope="module")
def tf() -> Any:
    from edgekit.system.optional import tensorflow

    return tensorflow()


PATTERNS = [
    (r"[^a-z0-9' ]", " "),
    (r"\s+", " "),
    (r"[[:punct:]]", ""),
    (r"<br />", " "),
    (r"\pP", "."),
    (r"\p{Lu}+", "<\\0>"),
    (r"[\W_]", "_"),
    (r"\D", "#"),
    (r"x*", "-"),
    (r"(a)(b)?", "[\\2\\1]"),
    (r"^a|b$", "!"),
    (r"(?i)AB", "_"),
    (r".", "\\\\"),
    (r"[^[:alpha:]\s]", ""),
    (r"a{2,}", "A"),
    (r"\bw", "W"),
    (r"[\x00-\x1f]", "?"),
    (r"\x{e9}|\.|\$", "e"),
    (r"[]a]", "."),
    (r"(?:a|ab)(?:c|bcd)?", "+"),
    (r"[\pN-]", "9"),
    (r"\Qa.b\E+", "Q"),
    (r'[!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']', ""),
    (r"(?s).", "s"),
    (r"(?m)^", ">"),
    (r"[^\x{4e00}-\x{9fff}]", "c"),
]


@settings(max_examples=60, deadline=None)
@given(value=st.one_of(words, st.text("aAbBcdwW .,;-_'é1٣ßΣ\n$<br/>", max_size=20).map(str.encode)))
@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize(("pattern", "rewrite"), PATTERNS)
def test_regular_expressions(tf: Any, pattern: str, rewrite: str, everywhere: bool, value: bytes) -> None:
    ours = Replacement(translate(pattern), rewrite, everywhere=everywhere)(value)
    theirs = tf.raw_ops.StaticRegexReplace(input=value, pattern=pattern, rewrite=rewrite, replace_global=everywhere)
    assert ours == theirs.numpy()


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"\C", r"escape \\C"),
        (r"(?U)a+", "flag 'U'"),
        (r"[[:nope:]]", "nope"),
        (r"\p{Klingon}", "Klingon"),
        (r"a(?i)b", "middle"),
    ],
)
def test_what_python_cannot_do_alike_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(FrontEndError, match=message):
        translate(pattern)
