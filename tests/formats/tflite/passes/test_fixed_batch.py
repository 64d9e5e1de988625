"""A free batch is fixed at one."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.formats.tflite.passes.fixed_batch import fix_batch
from edgekit.system.optional import require, tensorflow
from tests.formats.tflite.graphs import converted


@pytest.mark.parametrize("fixed", [False, True])
def test_sizes_are_what_they_are_planned_for(fixed: bool) -> None:
    schema = require("ai_edge_litert.schema_py_generated", asked="tests", extra="litert")
    tf = tensorflow()
    loaded = converted(lambda x: tf.nn.relu(x + tf.ones([3])), tf.TensorSpec([None, 3]))
    if fixed:
        fix_batch(loaded)
    graph = loaded.subgraphs[0]
    tensor = graph.tensors[graph.inputs[0]]
    assert isinstance(tensor, schema.TensorT)
    np.testing.assert_array_equal(tensor.shape, [1, 3])
    signature = tensor.shapeSignature
    assert (signature is None) if fixed else list(signature) == [-1, 3]
