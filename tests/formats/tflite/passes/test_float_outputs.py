"""Outputs in integers end in a DEQUANTIZE; those that operators read are known."""

from __future__ import annotations

import numpy as np

from edgekit.formats.tflite.graph import FLOAT32, operator_type
from edgekit.formats.tflite.passes.float_outputs import add_float_outputs, outputs_used_inside
from edgekit.system.optional import require, tensorflow
from tests.formats.tflite.graphs import converted, dense


def test_an_output_that_an_operator_reads_is_found() -> None:
    tf = tensorflow()

    def serve(x: object) -> dict[str, object]:
        inner = tf.nn.relu(x + tf.ones([3]))
        return {"inner": inner, "outer": tf.exp(inner)}

    loaded = converted(serve, tf.TensorSpec([1, 3]))
    assert len(outputs_used_inside(loaded)) == 1
    assert outputs_used_inside(dense(np.ones((2, 2), np.float32), np.ones(2, np.float32))) == []


def test_an_integer_output_is_made_float_and_a_float_one_is_left() -> None:
    schema = require("ai_edge_litert.schema_py_generated", asked="tests", extra="litert")
    loaded = dense(np.ones((2, 2), np.float32), np.ones(2, np.float32))
    graph = loaded.subgraphs[0]
    add_float_outputs(loaded)
    assert len(graph.operators) == 1
    output = graph.tensors[graph.outputs[0]]
    output.type, output.quantization = schema.TensorType.INT8, schema.QuantizationParametersT()
    output.quantization.scale, output.quantization.zeroPoint = [0.5], [3]
    add_float_outputs(loaded)
    assert operator_type(loaded, graph.operators[-1]) == "DEQUANTIZE"
    assert graph.tensors[graph.outputs[0]].type == FLOAT32
    assert loaded.signatureDefs[0].outputs[0].tensorIndex == graph.outputs[0]
