"""Negations and squares become products with the same values; those of integers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.formats.tflite.graph import operator_type
from edgekit.formats.tflite.passes.products import use_products
from edgekit.system.optional import tensorflow
from tests.formats.tflite.graphs import answer, converted

VALUES = np.array([[1.5, -2.0, 0.0]], np.float32)


def types(loaded: Any) -> list[str]:
    return [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators]


@pytest.mark.parametrize("kind", ["NEG", "SQUARE"])
def test_the_product_has_the_same_values(kind: str) -> None:
    tf = tensorflow()
    call = {"NEG": tf.negative, "SQUARE": tf.square}[kind]
    loaded = converted(lambda x: {"y": tf.tanh(call(x))}, tf.TensorSpec([1, 3], tf.float32, "x"))
    assert types(loaded) == [kind, "TANH"]
    expected = answer(loaded, VALUES)
    use_products(loaded)
    assert types(loaded) == ["MUL", "TANH"]
    np.testing.assert_array_equal(answer(loaded, VALUES), expected)


def test_integers_stay() -> None:
    tf = tensorflow()
    loaded = converted(lambda x: {"y": tf.negative(x)}, tf.TensorSpec([1, 3], tf.int32, "x"))
    use_products(loaded)
    assert types(loaded) == ["NEG"]
