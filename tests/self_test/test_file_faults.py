"""Faults of a model file change its weights or scales, in TFLite and in ONNX, and leave a file that can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from edgekit.formats.tflite.graph import constant_values, read_graph, weighted_operators
from edgekit.self_test.file_faults import (
    double_weight_scale,
    flip_bits,
    in_file,
    on_weights,
    onnx_activation_scales,
    onnx_weight_scale,
    quarter_activations,
    zero_channel,
)

BITS = on_weights(flip_bits, last=False)
CHANNEL = on_weights(zero_channel, last=True)
SCALE = in_file(double_weight_scale, onnx_weight_scale(2.0))
STALE = in_file(quarter_activations, onnx_activation_scales(0.25))


def content(demo_run: Path, variant: str) -> bytes:
    return next((demo_run / "artifacts" / variant).glob("model.*")).read_bytes()


def weights(model: bytes) -> list[NDArray[Any]]:
    """Return the weights of a file of either format."""
    if model[4:8] == b"TFL3":
        graph = read_graph(model)
        return [
            values
            for _, _, tensor in weighted_operators(graph)
            if (values := constant_values(graph, tensor)) is not None
        ]
    arrays = map(onnx.numpy_helper.to_array, onnx.load_from_string(model).graph.initializer)
    return [values for values in arrays if values.ndim > 1]


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8", "onnx-fp32", "onnx-int8"])
@pytest.mark.parametrize(("fault", "only_last"), [(BITS, False), (CHANNEL, True)])
def test_weights_are_changed_and_all_else_stays(fault: Any, only_last: bool, variant: str, demo_run: Path) -> None:
    clean = content(demo_run, variant)
    faulty = fault(clean)
    assert faulty is not None
    pairs = list(zip(weights(clean), weights(faulty), strict=True))
    assert all(before.shape == after.shape and before.dtype == after.dtype for before, after in pairs)
    changed = [not np.array_equal(before, after) for before, after in pairs]
    assert sum(changed) == 1 if only_last else any(changed)
    assert fault(clean) == faulty, "another fault each time"


def weight_scales(model: bytes) -> list[float]:
    graph = read_graph(model)
    return [float(np.max(tensor.quantization.scale)) for _, _, tensor in weighted_operators(graph)]


def onnx_scales(model: bytes, operator: str) -> dict[str, float]:
    graph = onnx.load_from_string(model).graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    names = {node.input[1] for node in graph.node if node.op_type == operator}
    return {name: float(constants[name].max()) for name in names if name in constants}


def test_one_scale_of_weights_is_doubled(demo_run: Path) -> None:
    clean = content(demo_run, "tflite-int8")
    faulty = SCALE(clean)
    assert faulty is not None
    ratios = np.divide(weight_scales(faulty), weight_scales(clean))
    assert ratios[0] == 2
    assert set(ratios[1:]) <= {1.0, 2.0}  # an operator may share its weights with the first
    onnx_clean = content(demo_run, "onnx-int8")
    onnx_faulty = SCALE(onnx_clean)
    assert onnx_faulty is not None
    before, after = onnx_scales(onnx_clean, "DequantizeLinear"), onnx_scales(onnx_faulty, "DequantizeLinear")
    assert sorted({round(after[name] / before[name], 3) for name in before}) == [1, 2]
    assert sum(after[name] != before[name] for name in before) == 1


def test_calibration_of_another_time_has_a_quarter_of_each_range(demo_run: Path) -> None:
    clean = content(demo_run, "onnx-int8")
    faulty = STALE(clean)
    assert faulty is not None
    before, after = onnx_scales(clean, "QuantizeLinear"), onnx_scales(faulty, "QuantizeLinear")
    assert {round(after[name] / before[name], 3) for name in before} == {0.25}
    tflite_clean = content(demo_run, "tflite-int8")
    tflite_faulty = STALE(tflite_clean)
    assert tflite_faulty is not None
    assert weight_scales(tflite_faulty) == weight_scales(tflite_clean)
    assert tflite_faulty != tflite_clean


@pytest.mark.parametrize("variant", ["tflite-fp32", "onnx-fp32"])
@pytest.mark.parametrize("fault", [SCALE, STALE])
def test_floats_have_no_scales_to_be_wrong(fault: Any, variant: str, demo_run: Path) -> None:
    assert fault(content(demo_run, variant)) is None


@pytest.mark.parametrize("dtype", ["int8", "uint8", "float16", "float32"])
@pytest.mark.parametrize("shape", [(1, 1), (64, 64)])
def test_a_thousandth_of_the_weights_and_one_at_least_is_flipped(dtype: str, shape: tuple[int, int]) -> None:
    values = np.ones(shape, dtype)
    flipped = flip_bits(values.copy(), 8 * values.itemsize)
    assert (flipped != values).sum() == max(1, values.size // 1000)
    assert np.array_equal(flip_bits(flipped.copy(), 8 * values.itemsize), values)  # twice the same bit is none


def test_the_largest_channel_is_zeroed() -> None:
    values = np.array([[1.0, 1.0], [-5.0, 5.0], [2.0, 2.0]], np.float32)
    assert zero_channel(values.copy(), 32).tolist() == [[1, 1], [0, 0], [2, 2]]
