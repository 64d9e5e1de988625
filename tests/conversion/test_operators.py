"""Operators that a tool on the way gets wrong, or does not know, go through a whole conversion unharmed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.conversion import convert
from edgekit.formats.tflite.graph import float_islands, operator_types, read_graph
from tests.conversion.test_quantization import saved, sqnr

PHOTOS = {"x": np.random.default_rng(0).uniform(-3, -1, (40, 6, 6, 3)).astype(np.float32)}
"""All below zero, so that zeros around them are the largest of their windows."""


def padded_pool(tf: Any, _weights: Any, x: Any) -> Any:
    """Pool what was padded with zeros, with nothing between the two that tells them from a pool's own padding."""
    padded = tf.pad(tf.nn.conv2d(x, tf.eye(3)[None, None], 1, "VALID"), [[0, 0], [1, 1], [1, 1], [0, 0]])
    return {"y": tf.nn.max_pool2d(padded, 3, 2, "VALID")}


@pytest.mark.parametrize(
    ("variant", "least"), [("onnx-fp32", 100), ("onnx-int8", 30), ("tflite-fp32", 100), ("tflite-int8", 30)]
)
def test_zeros_in_front_of_a_max_pool_count(variant: str, least: float, tmp_path: Path) -> None:
    model = saved(tmp_path, padded_pool, {"x": [None, 6, 6, 3]})
    assert sqnr(model, variant, PHOTOS, tmp_path)["y"] > least


def arithmetic(tf: Any, weights: Any, x: Any) -> Any:
    """Go through a negation, a square, an exponential and what else the quantizer does not know."""
    hidden = tf.nn.leaky_relu(x @ weights, 0.3)
    hidden = tf.minimum(tf.square(hidden), tf.exp(-tf.tanh(hidden)))
    return {"y": tf.concat(tf.split(hidden, [1, 2], -1)[::-1], -1)}


@pytest.mark.parametrize("variant", ["tflite-int8", "tflite-int8full"])
def test_operators_that_the_quantizer_does_not_know_are_integers(variant: str, tmp_path: Path) -> None:
    data = {"x": np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)}
    model = saved(tmp_path, arithmetic, {"x": [None, 4]})
    assert sqnr(model, variant, data, tmp_path)["y"] > 15
    content = convert(model, variant, data=data, out=tmp_path / "artifacts").file.read_bytes()
    assert {"LEAKY_RELU", "MINIMUM", "SPLIT_V", "EXP"} <= set(operator_types(content))
    islands = {"tflite-int8": ["EXP", "NEG", "SQUARE"], "tflite-int8full": []}
    assert sorted(float_islands(read_graph(content))) == islands[variant]
