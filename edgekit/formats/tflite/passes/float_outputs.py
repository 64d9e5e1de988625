"""Outputs that callers read as floats, of a graph that computes in integers."""

from __future__ import annotations

from typing import Any

from edgekit.formats.tflite.graph import opcode
from edgekit.system.optional import require

DEQUANTIZE_VERSIONS = {"INT8": 2, "INT16": 3}
"""The first version of DEQUANTIZE that takes a type (tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc)."""


def outputs_used_inside(loaded: Any) -> list[str]:
    """Return the names of output tensors that operators of the main graph read too."""
    graph = loaded.subgraphs[0]
    used = {index for operator in graph.operators for index in operator.inputs}
    return [graph.tensors[index].name.decode() for index in graph.outputs if index in used]


def add_float_outputs(loaded: Any) -> None:
    """End each output of the main graph that is quantized in a DEQUANTIZE, so that callers read float32."""
    schema = require("ai_edge_litert.schema_py_generated", asked="changing a TFLite file", extra="convert")
    graph = loaded.subgraphs[0]
    types = {getattr(schema.TensorType, name): name for name in DEQUANTIZE_VERSIONS}
    graph.outputs = list(graph.outputs)
    for number, index in enumerate(graph.outputs):
        quantized = graph.tensors[index]
        if quantized.type not in types or quantized.quantization is None or quantized.quantization.scale is None:
            continue
        float_copy = schema.TensorT()
        float_copy.shape, float_copy.shapeSignature = quantized.shape, quantized.shapeSignature
        float_copy.type, float_copy.buffer, float_copy.hasRank = schema.TensorType.FLOAT32, 0, quantized.hasRank
        float_copy.name = quantized.name + b"_float"
        graph.tensors.append(float_copy)
        operator = schema.OperatorT()
        version = DEQUANTIZE_VERSIONS[types[quantized.type]]
        operator.opcodeIndex = opcode(loaded, schema.BuiltinOperator.DEQUANTIZE, version)
        operator.inputs, operator.outputs = [index], [len(graph.tensors) - 1]
        graph.operators.append(operator)
        graph.outputs[number] = operator.outputs[0]
        for signature in loaded.signatureDefs:
            for output in signature.outputs:
                if signature.subgraphIndex == 0 and output.tensorIndex == index:
                    output.tensorIndex = operator.outputs[0]
