"""A graph begins behind the casts of its integer inputs, and answers the same; what else reads integers keeps them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.formats.tflite.graph import operator_type
from edgekit.formats.tflite.passes.cast_inputs import drop_casts
from edgekit.system.optional import tensorflow
from tests.formats.tflite.graphs import answer, converted


def types(loaded: Any) -> list[str]:
    return [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators]


def cast_tensor(loaded: Any) -> str:
    graph = loaded.subgraphs[0]
    cast = next(operator for operator in graph.operators if operator_type(loaded, operator) == "CAST")
    return str(graph.tensors[cast.outputs[0]].name.decode())


@pytest.mark.parametrize(("dtype", "bounds"), [("uint8", (0, 255)), ("int64", (3, 9))])
def test_a_cast_is_left_out(dtype: str, bounds: tuple[float, float]) -> None:
    tf = tensorflow()
    loaded = converted(lambda x: {"y": tf.cast(x, tf.float32) * 0.5 + 1.0}, tf.TensorSpec([None, 3], dtype, "x"))
    values = np.array([[3, 9, 5]], dtype)
    expected, name = answer(loaded, values), cast_tensor(loaded)
    ranges = {name: {"min": np.array([[3.0]]), "max": np.array([[9.0]])}}
    assert drop_casts(loaded, ranges) == {"x"}
    assert "CAST" not in types(loaded)
    np.testing.assert_allclose(answer(loaded, values.astype(np.float32)), expected)
    assert (ranges[name]["min"].item(), ranges[name]["max"].item()) == bounds


def test_integers_that_are_looked_up_stay() -> None:
    """The twin: a cast is not all that reads them."""
    tf = tensorflow()
    table = tf.constant(np.arange(12, dtype=np.float32).reshape(4, 3))

    def call(x: Any) -> Any:
        return {"y": tf.gather(table, x) + tf.cast(x, tf.float32)[:, None]}

    loaded = converted(call, tf.TensorSpec([None], tf.int32, "x"))
    before = types(loaded)
    assert drop_casts(loaded, {}) == set()
    assert types(loaded) == before
