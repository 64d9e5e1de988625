"""A channel that is switched off keeps its bias in integers, and others stay as they are."""

from __future__ import annotations

import numpy as np

from edgekit.formats.tflite.graph import weights_of
from edgekit.formats.tflite.passes.biases import LARGEST_WEIGHT, ROOM, make_room_for_biases
from tests.formats.tflite.graphs import dense


def test_a_channel_of_tiny_weights_gets_one_that_its_bias_fits() -> None:
    weights = np.array([[1e-12, 0.5], [-2e-12, 0.25], [0.0, -1.0]], np.float32)
    loaded = dense(weights, np.array([3.0, 0.1], np.float32))
    graph = loaded.subgraphs[0]
    name = graph.tensors[graph.inputs[0]].name.decode()
    make_room_for_biases(loaded, {name: {"min": np.float32(-1), "max": np.float32(1)}}, levels=255)
    (after,) = (entry.values for entry in weights_of(loaded))
    np.testing.assert_array_equal(after[1], weights[:, 1])
    np.testing.assert_array_equal(after[0, [0, 2]], weights[[0, 2], 0])
    step = (2 / 255) * np.abs(after[0]).max() / LARGEST_WEIGHT
    assert 3.0 / step <= ROOM * 1.0001
    assert after[0, 1] < 0  # it keeps its sign


def test_without_ranges_nothing_changes() -> None:
    weights = np.array([[1e-12], [2e-12]], np.float32)
    loaded = dense(weights, np.array([3.0], np.float32))
    make_room_for_biases(loaded, {}, levels=255)
    (after,) = (entry.values for entry in weights_of(loaded))
    np.testing.assert_array_equal(after, weights.T)
