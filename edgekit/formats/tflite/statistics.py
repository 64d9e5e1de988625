"""Ranges of tensors as ai-edge-quantizer takes them, in a file and in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.formats.tflite.graph import constant_values, operator_type, read_graph
from edgekit.quantization.steps import LIMIT, weight_steps

CHANNEL_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}
"""The axis of the weights' channels out, each of which has a step of its own."""
Bound = Any
"""An array with the lowest or the highest value of a tensor; in a file, lists."""
Statistics = dict[str, dict[str, Bound]]
"""By tensor its ``min`` and ``max``, as the quantizer takes them."""


def as_statistics(bounds: tuple[float, float], *, like: Mapping[str, Bound]) -> dict[str, Bound]:
    """Return a range as the quantizer keeps it, in arrays of the shape of others."""
    shape = np.shape(like["min"])
    return {key: np.full(shape, bound).tolist() for key, bound in zip(("min", "max"), bounds, strict=True)}


def trained_ranges(trained: Mapping[str, tuple[float, float]], measured: Statistics, model: bytes = b"") -> Statistics:
    """Return the ranges that training has fixed, by tensor.

    A tensor is named after the nodes that were fused into its operator, of which one has a range; the converter may add
    a number to the last name to make it unique. Inputs and outputs have names of its own, and those of the signature.

    Args:
        trained: The ranges by node.
        measured: The ranges that samples showed, by tensor.
        model: The float file.
    """
    ports = _ports(model) if model else {}
    statistics = {}
    for name, bounds in measured.items():
        nodes = [node if node in trained else node.rstrip("0123456789") for node in name.split(";")]
        nodes.append(ports.get(name, name))
        node = next((node for node in nodes if node in trained), None)
        if node is not None:
            statistics[name] = as_statistics(trained[node], like=bounds)
    return statistics


def _ports(model: bytes) -> dict[str, str]:
    """Return what the signature calls its inputs and outputs, by tensor."""
    loaded = read_graph(model)
    tensors, signatures = loaded.subgraphs[0].tensors, loaded.signatureDefs or ()
    ports = [port for signature in signatures for port in (*signature.inputs, *signature.outputs)]
    return {tensors[port.tensorIndex].name.decode(): port.name.decode() for port in ports}


def trained_weights(model: bytes) -> Statistics:
    """Return the ranges of weights that lie on steps, by tensor: training has rounded them.

    Without them the quantizer makes a channel's step of its largest weight, which need not be the largest integer.

    Args:
        model: The float file.
    """
    loaded, statistics = read_graph(model), Statistics()
    graph = loaded.subgraphs[0]
    for operator in graph.operators:
        axis = CHANNEL_AXIS.get(operator_type(loaded, operator))
        values = None if axis is None else constant_values(loaded, graph.tensors[operator.inputs[1]])
        if axis is None or values is None or values.dtype != np.float32:
            continue
        steps = weight_steps(np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1))
        if (steps > 0).all():
            bounds = np.expand_dims(LIMIT * steps, [index for index in range(values.ndim) if index != axis])
            name = graph.tensors[operator.inputs[1]].name.decode()
            statistics[name] = {"min": (-bounds).tolist(), "max": bounds.tolist()}
    return statistics


def read_ranges(path: Path) -> Statistics:
    """Read what calibration kept of each tensor."""
    statistics = {}
    for name, bounds in json.loads(path.read_text()).items():
        statistics[name] = {key: np.asarray(bound, np.float32) for key, bound in bounds.items()}
    return statistics


def off_powers_of_two(bounds: Mapping[str, Bound]) -> dict[str, Bound]:
    """Widen an int16 range by 1% if its scale is a power of two within the kernels' tolerance.

    If all scales of an ADD are, its kernel takes a path that refuses outputs of a finer scale than the inputs
    ("input1_shift <= 0 was not true"), as in ``2 * x - 1`` of photos that reach from 0 to 1.
    """
    largest = max(np.abs(bound).max() for bound in bounds.values())
    exponent = np.log2(largest / 32767) if largest > 0 else 0.5
    factor = np.float32(1.01 if abs(exponent - round(float(exponent))) < 2e-3 else 1.0)
    return {key: bound * factor for key, bound in bounds.items()}
