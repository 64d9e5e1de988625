"""Names of the core's inputs: readable, and each only once."""

from __future__ import annotations

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.graph.port_names import PortNames

CONTRACT = Contract(
    inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None,), key="x"),),
    outputs=(OutputSpec(name="y", meaning="tensor", dtype="float32", shape=(None,), key="y"),),
)


def test_a_public_input_keeps_its_name() -> None:
    assert PortNames(CONTRACT).of("x:0") == "x"


def test_a_tensor_is_called_by_the_end_of_its_path() -> None:
    assert PortNames(CONTRACT).of("model/bag/ids:0") == "bag_ids"
    assert PortNames(CONTRACT).of("model/bag/ids:1") == "bag_ids_1"


def test_no_name_is_given_twice() -> None:
    names = PortNames(CONTRACT)
    assert [names.of(tensor) for tensor in ("a/b:0", "c/a/b:0", "y:0", "!:0")] == ["a_b", "a_b_2", "y_2", "front"]
