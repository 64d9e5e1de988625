"""Ranges that training has fixed, by the tensors of an ONNX graph: of activations, and of weights that it rounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgekit.quantization.steps import LIMIT, weight_steps
from edgekit.system.optional import require

Range = tuple[float, float]
BOUNDED = ("Relu", "Clip")
"""Activations that ONNX Runtime's quantizer drops: the range of what they give has to do their work."""


def trained_ranges(graph: Any, trained: Mapping[str, Range]) -> dict[str, Range]:
    """Return the ranges of activations by tensor; behind a ReLU none reaches below zero, nor behind a clip its bounds.

    In TFLite a fused ReLU has a range that is wider in training than what comes out, since a moving average starts
    wide, and clips by itself.

    Args:
        graph: The graph of the float model.
        trained: The ranges by the nodes of the frozen graph.
    """
    onnx = require("onnx", asked="calibration", extra="convert")
    values = {tensor.name: tensor for tensor in graph.initializer}
    limits: dict[str, Range] = {}
    for node in graph.node:
        if node.op_type == "Relu":
            limits[node.output[0]] = (0.0, np.inf)
        elif node.op_type == "Clip":
            ends = [onnx.numpy_helper.to_array(values[name]) if name in values else None for name in node.input[1:3]]
            low, high = (*ends, None, None)[:2]
            limits[node.output[0]] = (-np.inf if low is None else float(low), np.inf if high is None else float(high))
    ranges: dict[str, Range] = {}
    for node in graph.node:
        for tensor in node.output:
            _add(ranges, tensor, trained, limits.get(tensor, (-np.inf, np.inf)))
    for tensor in graph.input:
        _add(ranges, tensor.name, trained, (-np.inf, np.inf))
    return ranges


def _add(ranges: dict[str, Range], tensor: str, trained: Mapping[str, Range], limits: Range) -> None:
    bounds = trained.get(tensor.removesuffix(":0"))
    if bounds is not None:
        ranges[tensor] = (max(bounds[0], limits[0]), min(bounds[1], limits[1]))


def trained_weights(graph: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the ranges of weights that lie on steps, as ONNX Runtime's quantizer takes them: by tensor and channel."""
    onnx = require("onnx", asked="calibration", extra="convert")
    types = require("onnxruntime.quantization", asked="calibration", extra="convert").QuantType
    weights = {tensor.name: tensor for tensor in graph.initializer}
    overrides = {}
    for node in graph.node:
        axis = _channel_axis(node)
        if axis is None or node.input[1] not in weights:
            continue
        values = onnx.numpy_helper.to_array(weights[node.input[1]])
        if values.dtype != np.float32 or axis >= values.ndim:
            continue
        steps = weight_steps(np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1))
        if (steps > 0).all():
            bounds = (LIMIT * steps).astype(np.float32)
            fixed = {"quant_type": types.QInt8, "axis": axis, "symmetric": True}
            overrides[node.input[1]] = [{**fixed, "rmin": -bound, "rmax": bound} for bound in bounds]
    return overrides


def _channel_axis(node: Any) -> int | None:
    """Return the axis of the channels out in a layer's weights; None if it is no layer."""
    if node.op_type == "Gemm":
        return 0 if any(attribute.name == "transB" and attribute.i for attribute in node.attribute) else 1
    return {"Conv": 0, "MatMul": 1}.get(node.op_type)
