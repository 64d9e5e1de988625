"""Faults of what goes in, as each medium knows them: another preprocessing in a contract, or in an app."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import all_media, medium_of


def in_contract(fault: str) -> Callable[[Contract], Contract | None]:
    """Return what makes the contract of the inputs wrong whose medium knows a fault of that name."""

    def make(contract: Contract) -> Contract | None:
        changed = [_with_fault(spec, fault) for spec in contract.inputs]
        if all(spec is None for spec in changed):
            return None
        inputs = (new or old for new, old in zip(changed, contract.inputs, strict=True))
        return replace(contract, inputs=tuple(inputs))

    return make


def _with_fault(spec: InputSpec, fault: str) -> InputSpec | None:
    change = medium_of(spec).contract_faults.get(fault)
    return None if change is None else change(spec)


def in_input(fault: str) -> Callable[[Contract, Batch], Batch | None]:
    """Return what changes the inputs that an app feeds, whose medium knows a fault of that name."""

    def make(contract: Contract, batch: Batch) -> Batch | None:
        changed = {}
        for spec in contract.inputs:
            change = medium_of(spec).input_faults.get(fault)
            values = None if change is None else change(spec, batch[spec.name])
            if values is not None:
                changed[spec.name] = values
        return {**batch, **changed} if changed else None

    return make


def contract_fault_names() -> list[str]:
    """Return the names of the faults that media know of a contract, each once."""
    return list(dict.fromkeys(name for medium in all_media() for name in medium.contract_faults))


def input_fault_names() -> list[str]:
    """Return the names of the faults that media know of an app, each once."""
    return list(dict.fromkeys(name for medium in all_media() for name in medium.input_faults))
