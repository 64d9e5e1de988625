"""Integers throughout: what cannot be so is refused with its reason, before and after."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import FLOAT32, write_graph
from edgekit.formats.tflite.integer_edges import integer_contract, with_floats
from edgekit.quantization.precision import precision
from edgekit.system.optional import tensorflow
from tests.formats.tflite.graphs import converted

INT8FULL = precision("int8full")


def contract(*shape: int | None, dtype: str = "float32", output: str = "y") -> Contract:
    source = InputSpec.of("tensor", name="x", dtype=dtype, shape=shape, key="x")
    target = OutputSpec(name=output, meaning="tensor", dtype=dtype, shape=shape, key=output)
    return Contract(inputs=(source,), outputs=(target,))


def test_floats_inside_are_counted_and_named(sums: Path) -> None:
    with pytest.raises(ConversionError, match=r"not all .* integer: \d+ float tensors are left, the first is '.+'"):
        integer_contract(sums.read_bytes(), contract(1, 4), INT8FULL)


def test_the_contract_of_integers_has_the_sizes_of_the_file() -> None:
    tf = tensorflow()
    model = converted(lambda x: {"y": x + x}, tf.TensorSpec([1, 4], tf.int32, "x"))
    integers = integer_contract(write_graph(model), contract(None, 4, dtype="int32"), INT8FULL)
    quantization = {"scale": 0.0, "zero_point": 0, "dtype": "int32"}
    assert [(spec.shape, spec.quantization) for spec in integers.inputs] == [((1, 4), quantization)]
    assert [(spec.shape, spec.quantization) for spec in integers.outputs] == [((1, 4), quantization)]


def test_a_float_that_no_operator_reads_does_not_count() -> None:
    tf = tensorflow()
    model = converted(lambda x: {"y": x + x}, tf.TensorSpec([1, 4], tf.int32, "x"))
    graph = model.subgraphs[0]
    left = copy.copy(graph.tensors[graph.inputs[0]])
    left.name, left.type = b"left", FLOAT32
    graph.tensors.append(left)
    integer_contract(write_graph(model), contract(None, 4, dtype="int32"), INT8FULL)


def test_integers_that_the_file_scales_are_floats_of_the_same_values() -> None:
    photo = InputSpec.of("image", name="x", dtype="uint8", shape=(None, 8, 8, 3), key="x")
    photos = Contract(inputs=(photo,), outputs=())
    (spec,) = with_floats(photos, {"x"}).inputs
    assert (spec.dtype, spec.to_json()["range"]) == ("float32", [0.0, 255.0])
    assert with_floats(photos, ()) == photos
    assert with_floats(contract(None, 4, dtype="int64"), {"x"}).inputs[0].dtype == "float32"
