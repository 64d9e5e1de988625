"""What is counted in a model file, and whether XNNPACK's sparse kernels can be used."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.documents.weights import WeightFacts
from edgekit.models.weights import CLUSTERED, ZEROS_FOR_SPEED, Weights, weight_facts

OPS = ("CONV_2D", "CONV_2D", "MEAN", "FULLY_CONNECTED")


def weights_of(values: Any, **changes: Any) -> Weights:
    return replace(Weights(name="w", op="CONV_2D", values=np.asarray(values), pointwise=False), **changes)


STEM = weights_of(np.ones(27, np.float32), stem=True)
SPARSE = weights_of(np.array([0, 0, 0, 1], np.float32), pointwise=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "model.tflite").write_bytes(b"weights" * 100)
    return tmp_path / "model.tflite"


def facts(file: Path, *figures: Weights, ops: tuple[str, ...] | None = OPS) -> WeightFacts:
    return weight_facts(file, iter(figures), ops=ops)


def test_zeros_are_counted_over_all_operators(file: Path) -> None:
    counted = facts(file, weights_of([0, 1, 2]), weights_of([[0.0, -0.0], [np.nan, 1e-30]]))
    assert (counted.weights, counted.zeros) == (7, 3)


def test_the_file_is_as_large_as_it_is_and_as_it_is_downloaded(file: Path) -> None:
    counted = facts(file, STEM)
    assert counted.bytes == 700
    assert counted.bytes_compressed == len(zlib.compress(file.read_bytes(), 6)) < 100


def test_a_model_without_weights(file: Path) -> None:
    counted = facts(file)
    assert (counted.weights, counted.zeros, counted.sparse_kernels) == (0, 0, False)
    assert counted.reason == "there is no 1x1 convolution"
    assert facts(file, weights_of(np.zeros(0, np.float32))).weights == 0


@pytest.mark.parametrize(
    ("values", "clustered"),
    [
        (1 + np.arange(4 * CLUSTERED) % CLUSTERED, True),
        (1 + np.arange(4 * CLUSTERED) % (CLUSTERED + 1), False),
        (1 + np.arange(64) % 32, True),
        (1 + np.arange(15) % 2, False),  # so few weights have few values anyway
        (np.maximum(np.arange(1000) - 800, 0), False),  # what pruning leaves are different values and zeros
    ],
)
def test_few_values_for_many_weights_are_clusters(values: Any, clustered: bool, file: Path) -> None:
    assert facts(file, weights_of(values.astype(np.float32))).clustered == clustered
    assert facts(file, weights_of(values.astype(np.int8))).clustered == 0  # of integers that is nothing special


def test_sparse_kernels_take_a_sparse_model(file: Path) -> None:
    counted = facts(file, STEM, SPARSE)
    assert counted.sparse_kernels
    assert counted.reason.startswith("float, with 1x1 convolutions")


@pytest.mark.parametrize(
    ("figures", "ops", "reason"),
    [
        ((STEM, SPARSE), None, "ONNX Runtime has no sparse kernels"),
        ((STEM, SPARSE, weights_of(np.ones(2, np.int8))), OPS, "float weights only"),
        ((STEM,), OPS, "no 1x1 convolution"),
        ((STEM, weights_of(np.array([0.0, 1.0]), pointwise=True)), OPS, "the most is 50%"),
        ((SPARSE, STEM), OPS, "begins with CONV_2D, not with a 3x3"),
        ((STEM, SPARSE), ("DEPTHWISE_CONV_2D", "MEAN"), "begins with DEPTHWISE_CONV_2D"),
        ((STEM, SPARSE), (), "begins with nothing"),
        ((STEM, SPARSE), ("CONV_2D", "FULLY_CONNECTED"), "neither a mean nor a depth-to-space"),
    ],
)
def test_each_obstacle_is_named(
    figures: tuple[Weights, ...], ops: tuple[str, ...] | None, reason: str, file: Path
) -> None:
    counted = facts(file, *figures, ops=ops)
    assert not counted.sparse_kernels
    assert reason in counted.reason


@pytest.mark.parametrize("before", [("PAD",), ("DENSIFY", "DEQUANTIZE", "PAD")])
def test_what_may_stand_before_the_first_convolution(before: tuple[str, ...], file: Path) -> None:
    assert facts(file, STEM, SPARSE, ops=(*before, *OPS)).sparse_kernels
    assert facts(file, STEM, SPARSE, ops=("CONV_2D", "DEPTH_TO_SPACE")).sparse_kernels


def test_two_thirds_are_enough(file: Path) -> None:
    third = weights_of(np.array([0, 0, 1], np.float32), pointwise=True)
    assert pytest.approx(2 / 3) == ZEROS_FOR_SPEED
    assert facts(file, STEM, third).sparse_kernels


def test_what_a_file_stores_and_where_it_computes_in_float(file: Path) -> None:
    assert facts(file, STEM, replace(SPARSE, encoded=True)).encoded
    assert not facts(file, STEM, SPARSE).encoded
    counted = weight_facts(file, iter((STEM,)), ops=OPS, float_islands=("SQRT", "DIV", "SQRT"))
    assert counted.float_islands == ("DIV", "SQRT")
