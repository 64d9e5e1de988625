"""The list of faults: each has a name of its own that says where it is, and changes what lies there."""

from __future__ import annotations

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.self_test.faults import CONTRACT, FAULTS, FILE, INPUT, OUTPUT
from edgekit.self_test.media_faults import contract_fault_names, input_fault_names

LABELLED = Contract(
    inputs=(InputSpec.of("image", name="photo", dtype="float32", shape=(None, 4, 4, 3), key="photo", range=(0, 1)),),
    outputs=(
        OutputSpec(
            name="scores", meaning="probabilities", dtype="float32", shape=(None, 2), key="scores", labels=("a", "b")
        ),
    ),
)


def test_each_fault_has_a_name_that_says_where_it_is() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert all(fault.name.startswith(f"{fault.target}: ") for fault in FAULTS)
    assert {fault.target for fault in FAULTS} == {CONTRACT, INPUT, FILE, OUTPUT}


def test_all_faults_of_media_are_among_them() -> None:
    names = {fault.name for fault in FAULTS}
    assert {f"contract: {name}" for name in contract_fault_names()} <= names
    assert {f"input: {name}" for name in input_fault_names()} <= names


def test_faults_of_a_contract_make_another_one() -> None:
    faulty = [fault.make(LABELLED) for fault in FAULTS if fault.target == CONTRACT]
    changed = [contract for contract in faulty if contract is not None]
    assert len(changed) >= 3
    assert all(contract != LABELLED for contract in changed)
    assert len(set(changed)) == len(changed), "two faults are the same"


def test_a_contract_of_nothing_can_have_no_fault() -> None:
    nothing = Contract(inputs=(), outputs=())
    assert [fault.make(nothing) for fault in FAULTS if fault.target == CONTRACT] == [None] * sum(
        fault.target == CONTRACT for fault in FAULTS
    )
