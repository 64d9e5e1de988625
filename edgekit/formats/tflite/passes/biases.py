"""Biases that fit their integers: channels whose weights are nearly zero, and whose bias is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.formats.tflite.graph import FLOAT32, operator_type

CHANNEL_AXIS = {"CONV_2D": 0, "FULLY_CONNECTED": 0, "DEPTHWISE_CONV_2D": 3}
LARGEST_WEIGHT = 127
"""The integer of a channel's largest weight, from which its scale is made."""
ROOM = 2.0**30
"""What a bias of 32 bits may reach; half of what it can hold."""
SMALLEST_SPAN = 1e-12
"""An input that is always zero has no span, and still needs a scale to divide by."""


def make_room_for_biases(loaded: Any, ranges: Mapping[str, Mapping[str, Any]], *, levels: int) -> None:
    """Give each such channel one weight that is just large enough.

    A bias is stored in steps of the input's scale times the channel's, and the channel's scale is its largest weight
    over 127. Of a channel that training has switched off all weights are 1e-12 or so, and its bias overflows: what
    comes out is zero and not the bias. The weight that is set here changes the answers by less than a step of it.

    Args:
        loaded: A float graph, a ``ModelT``.
        ranges: The smallest and largest value of each activation.
        levels: Steps of an activation's range: 255 of int8, 65535 of int16.
    """
    graph = loaded.subgraphs[0]
    for operator in graph.operators:
        kind = operator_type(loaded, operator)
        if kind not in CHANNEL_AXIS or len(operator.inputs) < 3 or operator.inputs[2] < 0:
            continue
        bounds = ranges.get(graph.tensors[operator.inputs[0]].name.decode())
        weights, bias = (graph.tensors[index] for index in operator.inputs[1:3])
        if bounds is None or not all(_float_constant(loaded, tensor) for tensor in (weights, bias)):
            continue
        span = max(float(np.max(bounds["max"])), 0.0) - min(float(np.min(bounds["min"])), 0.0)
        input_scale = max(span, SMALLEST_SPAN) / levels
        offsets = _floats(loaded, bias)
        # |bias| / (input_scale * weight / 127) <= ROOM, solved for the weight.
        least = LARGEST_WEIGHT * np.abs(offsets) / (ROOM * input_scale)
        values = _raised(_floats(loaded, weights).reshape(weights.shape), least, CHANNEL_AXIS[kind])
        if values is not None:
            loaded.buffers[weights.buffer].data = np.frombuffer(values.tobytes(), np.uint8)


def _float_constant(loaded: Any, tensor: Any) -> bool:
    return tensor.type == FLOAT32 and loaded.buffers[tensor.buffer].data is not None


def _floats(loaded: Any, tensor: Any) -> NDArray[np.float32]:
    return np.asarray(loaded.buffers[tensor.buffer].data, np.uint8).view(np.float32)


def _raised(values: NDArray[np.float32], least: NDArray[Any], axis: int) -> NDArray[np.float32] | None:
    """Return weights whose largest one of each channel is at least so large; None: they are already."""
    channels = np.moveaxis(values, axis, 0)
    rows = channels.reshape(len(least), -1).copy()
    small = np.flatnonzero(np.abs(rows).max(axis=1) < least)
    for channel in small:
        largest = int(np.abs(rows[channel]).argmax())
        rows[channel, largest] = np.copysign(least[channel], rows[channel, largest])
    if not small.size:
        return None
    return np.ascontiguousarray(np.moveaxis(rows.reshape(channels.shape), 0, axis))
