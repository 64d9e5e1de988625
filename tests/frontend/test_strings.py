"""Each string op against TensorFlow's own, on texts of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.frontend.program import Table
from edgekit.frontend.registry import OPS

texts = st.one_of(st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=40))
"""Unicode of any script, and bytes that are no valid UTF-8."""

words = st.one_of(
    texts, st.sampled_from([b"", b" ", b"a  b\tc\n", b"\xc3\x89LAN", "ΣΑΣ İ ß".encode(), b"a\x00b", b"x" * 200])
)
batches = st.lists(words, min_size=1, max_size=5)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def tf() -> Any:
    from edgekit.system.optional import tensorflow

    return tensorflow()


def strings(values: list[bytes]) -> Any:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def same(ours: Any, theirs: Any) -> None:
    for mine, other in zip(ours if isinstance(ours, tuple) else [ours], theirs, strict=True):
        expected = other.numpy()
        assert np.asarray(mine).shape == expected.shape
        assert np.asarray(mine).tolist() == expected.tolist()


@settings(max_examples=60, deadline=None)
@given(values=batches)
@pytest.mark.parametrize("encoding", ["", "utf-8"])
@pytest.mark.parametrize("name", ["StringLower", "StringUpper"])
def test_case(tf: Any, name: str, encoding: str, values: list[bytes]) -> None:
    ours = OPS[name]({"encoding": encoding})(strings(values))
    try:
        theirs = getattr(tf.raw_ops, name)(input=values, encoding=encoding)
    except tf.errors.OpError:
        return  # bytes that TensorFlow refuses as UTF-8
    same(ours, [theirs])


@settings(max_examples=100, deadline=None)
@given(
    values=batches, separator=st.sampled_from([b"", b" ", b",", b"ab", b"\xc3"]), most=st.sampled_from([-1, 0, 1, 2])
)
def test_split(tf: Any, values: list[bytes], separator: bytes, most: int) -> None:
    ours = OPS["StringSplitV2"]({"maxsplit": most})(strings(values), np.array(separator, object))
    theirs = tf.raw_ops.StringSplitV2(input=values, sep=separator, maxsplit=most)
    same(ours, [theirs.indices, theirs.values, theirs.shape])


@settings(max_examples=100, deadline=None)
@given(values=batches, delimiter=st.sampled_from([b"", b" ", b", "]), skip=st.booleans())
def test_split_of_tf1(tf: Any, values: list[bytes], delimiter: bytes, skip: bool) -> None:
    ours = OPS["StringSplit"]({"skip_empty": skip})(strings(values), np.array(delimiter, object))
    theirs = tf.raw_ops.StringSplit(input=values, delimiter=delimiter, skip_empty=skip)
    same(ours, [theirs.indices, theirs.values, theirs.shape])


@settings(max_examples=60, deadline=None)
@given(values=batches)
@pytest.mark.parametrize("unit", ["BYTE", "UTF8_CHAR"])
def test_strip_length_and_join(tf: Any, unit: str, values: list[bytes]) -> None:
    same(OPS["StringStrip"]({})(strings(values)), [tf.raw_ops.StringStrip(input=values)])
    same(OPS["StringLength"]({"unit": unit})(strings(values)), [tf.raw_ops.StringLength(input=values, unit=unit)])
    joined = OPS["StringJoin"]({"separator": "-"})(strings(values), np.array(b"x", object))
    same(joined, [tf.raw_ops.StringJoin(inputs=[values, [b"x"] * len(values)], separator="-")])


def test_tables() -> None:
    table = Table(name="t", lookup={b"a": 0, b"b": 1}, value_dtype="int64")
    find = OPS["LookupTableFindV2"]({"table": table})
    assert find(strings([b"b", b"x", b"a"]), np.int64(-1)).tolist() == [1, -1, 0]
    assert int(OPS["LookupTableSizeV2"]({"table": table})()) == 2
    assert table.is_vocabulary
    assert not Table(name="t", lookup={b"a\n": 0}, value_dtype="int64").is_vocabulary
