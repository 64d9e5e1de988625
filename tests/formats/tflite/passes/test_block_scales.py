"""Blocks of zeros have a scale, too."""

from __future__ import annotations

import numpy as np

from edgekit.formats.tflite.graph import block_scales, constant_values, weighted_operators
from edgekit.formats.tflite.passes.block_scales import fill_block_scales
from edgekit.system.optional import require
from tests.formats.tflite.graphs import dense


def test_scales_of_zero_become_the_smallest_there_is() -> None:
    schema = require("ai_edge_litert.schema_py_generated", asked="tests", extra="litert")
    loaded = dense(np.ones((4, 2), np.float32), np.ones(2, np.float32))
    graph = loaded.subgraphs[0]
    scales, buffer = schema.TensorT(), schema.BufferT()
    buffer.data = np.array([0.0, 0.5], np.float32).view(np.uint8)
    scales.type, scales.shape, scales.buffer = schema.TensorType.FLOAT32, [2, 1], len(loaded.buffers)
    loaded.buffers.append(buffer)
    graph.tensors.append(scales)
    (_, _, weights) = next(weighted_operators(loaded))
    weights.quantization = schema.QuantizationParametersT()
    weights.quantization.details = schema.BlockwiseQuantizationT()
    weights.quantization.details.scales = len(graph.tensors) - 1
    fill_block_scales(loaded)
    filled = constant_values(loaded, block_scales(loaded, weights))
    np.testing.assert_array_equal(filled, [[np.finfo(np.float32).tiny], [0.5]])
