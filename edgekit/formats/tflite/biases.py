"""Biases that fit their integers: channels whose weights are nearly zero, and whose bias is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgekit.formats.tflite.graph import operator_types, read_graph, write_graph

CHANNEL_AXIS = {"CONV_2D": 0, "FULLY_CONNECTED": 0, "DEPTHWISE_CONV_2D": 3}
ROOM = 2.0**30
"""What a bias of 32 bits may reach; half of what it can hold."""


def with_room_for_biases(model: bytes, ranges: Mapping[str, Mapping[str, Any]], *, levels: int) -> bytes:
    """Give each such channel one weight that is just large enough.

    A bias is stored in steps of the input's scale times the channel's, and the channel's scale is its largest weight
    over 127. Of a channel that training has switched off all weights are 1e-12 or so, and its bias overflows: what
    comes out is zero and not the bias. The weight that is set here changes the answers by less than a step of it.

    Args:
        model: The float file.
        ranges: The smallest and largest value of each activation.
        levels: Steps of an activation's range: 255 of int8, 65535 of int16.
    """
    loaded, types = read_graph(model), operator_types(model)
    graph, changed = loaded.subgraphs[0], False
    for operator, kind in zip(graph.operators, types, strict=True):
        if kind not in CHANNEL_AXIS or len(operator.inputs) < 3 or operator.inputs[2] < 0:
            continue
        name = graph.tensors[operator.inputs[0]].name.decode()
        weights, bias = (graph.tensors[operator.inputs[place]] for place in (1, 2))
        if name not in ranges or any(loaded.buffers[t.buffer].data is None or t.type != 0 for t in (weights, bias)):
            continue
        span = max(float(np.max(ranges[name]["max"])), 0.0) - min(float(np.min(ranges[name]["min"])), 0.0)
        values = np.array(loaded.buffers[weights.buffer].data, np.uint8).view(np.float32).reshape(weights.shape)
        offsets = np.asarray(loaded.buffers[bias.buffer].data, np.uint8).view(np.float32)
        rows = np.moveaxis(values, CHANNEL_AXIS[kind], 0).reshape(len(offsets), -1).copy()
        least = 127 * np.abs(offsets) / (ROOM * max(span, 1e-12) / levels)
        for channel in np.flatnonzero(np.abs(rows).max(axis=1) < least):
            place = int(np.abs(rows[channel]).argmax())
            rows[channel, place] = np.copysign(least[channel], rows[channel, place])
            changed = True
        shape = np.moveaxis(values, CHANNEL_AXIS[kind], 0).shape
        whole = np.ascontiguousarray(np.moveaxis(rows.reshape(shape), 0, CHANNEL_AXIS[kind]))
        loaded.buffers[weights.buffer].data = np.frombuffer(whole.tobytes(), np.uint8)
    return write_graph(loaded) if changed else model
