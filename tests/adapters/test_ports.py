"""Every adapter keeps the protocol of its port: each constant is there, each function takes the same parameters."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any, Protocol

import pytest

from edgekit.adapters.ports import OBJECTS, PORTS, shortcomings
from edgekit.system import registry

ADAPTERS = [(kind, name) for kind in PORTS for name in registry.names(kind)]


@pytest.mark.parametrize(("kind", "name"), ADAPTERS)
def test_an_adapter_keeps_its_protocol(kind: str, name: str) -> None:
    adapter = registry.load(kind, name)
    assert shortcomings(adapter, PORTS[kind]) == []
    if kind in OBJECTS:
        attribute, protocol = OBJECTS[kind]
        assert shortcomings(getattr(adapter, attribute), protocol) == []


def test_no_port_is_empty() -> None:
    assert {kind for kind, _ in ADAPTERS} == set(PORTS)


def members(kind: str) -> list[str]:
    """The names that a protocol asks an adapter for."""
    protocol = PORTS[kind]
    functions = [name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_")]
    return [*protocol.__annotations__, *functions]


def without(module: ModuleType, name: str) -> Any:
    """The module with one name less."""
    return SimpleNamespace(**{key: value for key, value in vars(module).items() if key != name})


@pytest.mark.parametrize("kind", PORTS)
def test_an_adapter_that_lacks_one_name_is_noticed(kind: str) -> None:
    module = registry.load(kind, registry.names(kind)[0])
    names = members(kind)
    assert names
    for name in names:
        (sentence,) = shortcomings(without(module, name), PORTS[kind])
        assert sentence.endswith(name)


class Port(Protocol):
    SPEED: int

    def drive(self, distance: float, *, backwards: bool = False) -> float: ...


def drive(distance: float, *, backwards: bool = False) -> float:
    return distance


def drive_far(distance: float, backwards: bool = False) -> float:
    return distance


def drive_at_once(distance: float, *, backwards: bool) -> float:
    return distance


@pytest.mark.parametrize(
    ("adapter", "sentence"),
    [
        ({"SPEED": 3, "drive": drive}, None),
        ({"SPEED": "3", "drive": drive}, "its SPEED is no int"),
        ({"SPEED": True, "drive": drive}, "its SPEED is no int"),
        ({"SPEED": 3, "drive": drive_far}, "its drive takes other parameters"),
        ({"SPEED": 3, "drive": drive_at_once}, "its drive takes other parameters"),
        ({"SPEED": 3, "drive": None}, "it has no function drive"),
    ],
)
def test_what_is_noticed(adapter: dict[str, Any], sentence: str | None) -> None:
    found = shortcomings(SimpleNamespace(**adapter), Port)
    assert [text.partition(":")[0] for text in found] == ([] if sentence is None else [sentence])
