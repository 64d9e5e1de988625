"""A front end as a value: read strictly from its files, checked, and run.

``program.json`` lists inputs, outputs, nodes and small constants; ``constants.npz`` holds larger ones, and each table
of words is a text file with one word per line, its id being the line's number, or a JSON file of pairs.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import FrontEndError
from edgekit.frontend import arrays, ragged, reductions, signals, strings, tokens
from edgekit.frontend.registry import OPS, Attributes, Kernel, numpy_dtype

assert all((arrays, ragged, reductions, signals, strings, tokens)), "importing them fills the registry"


@dataclass(frozen=True, kw_only=True)
class Port:
    """An input or output: public name, the tensor inside, dtype and shape (None: free)."""

    name: str
    tensor: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Node:
    """One op: which, what tensors it reads and makes, and its attributes."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Attributes


@dataclass(frozen=True, kw_only=True)
class Table:
    """A lookup table: keys (bytes or int) to values of ``value_dtype``."""

    name: str
    lookup: Mapping[Any, Any]
    value_dtype: str

    @property
    def is_vocabulary(self) -> bool:
        """Whether the values are just the keys' numbers, and each key fits a line of text."""
        values = list(self.lookup.values())
        return (
            values == list(range(len(values)))
            and np.dtype(self.value_dtype).kind == "i"
            and all(isinstance(key, bytes) and not set(key) & {10, 13} for key in self.lookup)
        )


@dataclass(frozen=True, kw_only=True)
class Program:
    """What runs before the core.

    Attributes:
        inputs: The model's public inputs.
        outputs: What the core takes.
        nodes: In an order in which they can run.
        constants: By tensor.
        tables: By name.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    nodes: tuple[Node, ...]
    constants: Mapping[str, NDArray[Any]]
    tables: Mapping[str, Table]

    @functools.cached_property
    def _steps(self) -> list[tuple[Kernel, list[int], list[int], Node]]:
        steps = []
        for node in self.nodes:
            attrs = dict(node.attrs)
            if "table" in attrs:
                attrs["table"] = self.tables[attrs["table"]]
            kernel = kernel_of(node, attrs)
            steps.append((kernel, [self._slots[name] for name in node.inputs], self._written(node), node))
        return steps

    def _written(self, node: Node) -> list[int]:
        return [self._slots[name] for name in node.outputs]

    @functools.cached_property
    def _slots(self) -> dict[str, int]:
        names = [port.tensor for port in self.inputs] + list(self.constants)
        names += [name for node in self.nodes for name in node.outputs]
        return {name: index for index, name in enumerate(names)}

    @functools.cached_property
    def _memory(self) -> list[Any]:
        return [None] * len(self.inputs) + list(self.constants.values())

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Run the program on a batch.

        Args:
            inputs: By public name; strings as bytes or str in object arrays.

        Returns:
            What the core takes, by name.

        Raises:
            FrontEndError: An op failed on these inputs; it is named.
        """
        steps, slots = self._steps, self._slots
        memory = self._memory + [None] * (len(slots) - len(self._memory))
        for index, port in enumerate(self.inputs):
            memory[index] = _as_input(inputs[port.name], port)
        for kernel, reads, writes, node in steps:
            try:
                results = kernel(*[memory[slot] for slot in reads])
            except FrontEndError:
                raise
            except (ValueError, TypeError, IndexError, KeyError, OverflowError) as error:
                raise FrontEndError(f"front end, {node.op} ({node.outputs[0]}): {error}") from error
            if isinstance(results, tuple):
                for slot, value in zip(writes, results, strict=False):
                    memory[slot] = value
            else:
                memory[writes[0]] = results
        return {port.name: _as_output(memory[slots[port.tensor]], port) for port in self.outputs}


def kernel_of(node: Node, attrs: Attributes) -> Kernel:
    """Return what runs a node.

    Raises:
        FrontEndError: There is no such op, or not with these attributes.
    """
    factory = OPS.get(node.op)
    if factory is None:
        raise FrontEndError(f"the front end has no op {node.op!r}")
    try:
        return factory(attrs)
    except (KeyError, TypeError, ValueError) as error:
        raise FrontEndError(f"{node.op} ({', '.join(node.outputs)}): bad attributes: {error}") from error


def _as_input(values: Any, port: Port) -> NDArray[Any]:
    array = np.asarray(values)
    if port.dtype != "string":
        return array.astype(port.dtype, copy=False)
    flat = np.empty(array.size, object)
    flat[:] = [text.encode("utf-8") if isinstance(text, str) else bytes(text) for text in array.reshape(-1).tolist()]
    return flat.reshape(array.shape)


def _as_output(values: Any, port: Port) -> NDArray[Any]:
    array = np.asarray(values, numpy_dtype(port.dtype), order="C")  # ascontiguousarray would make scalars vectors
    return array.reshape(1) if port.shape and not array.ndim else array  # as programs of older versions declare them


def check_program(program: Program) -> None:
    """Check that every op exists and reads only what was made before it.

    Raises:
        FrontEndError: One does not.
    """
    available = {port.tensor for port in program.inputs} | set(program.constants)
    for node in program.nodes:
        missing = [name for name in node.inputs if name not in available]
        if missing:
            raise FrontEndError(f"{node.op} reads {missing[0]!r}, which nothing makes before it")
        if not node.outputs:
            raise FrontEndError(f"{node.op} makes nothing")
        available |= set(node.outputs)
    missing = [port.tensor for port in program.outputs if port.tensor not in available]
    if missing:
        raise FrontEndError(f"nothing makes the output {missing[0]!r}")
    assert program._steps is not None, "builds every kernel, and so checks the attributes"


def chained(first: Program, second: Program | None) -> Program:
    """Return one program that runs ``second`` on what ``first`` makes; its inputs are called as the outputs of that."""
    if second is None:
        return first
    tensors = {port.name: port.tensor for port in first.outputs}
    rename = {port.tensor: tensors[port.name] for port in second.inputs}
    nodes = []
    for node in second.nodes:
        inputs = tuple(rename.get(name, name) for name in node.inputs)
        nodes.append(replace(node, inputs=inputs))
    outputs = [replace(port, tensor=rename.get(port.tensor, port.tensor)) for port in second.outputs]
    return Program(
        inputs=first.inputs,
        outputs=tuple(outputs),
        nodes=(*first.nodes, *nodes),
        constants={**first.constants, **second.constants},
        tables={**first.tables, **second.tables},
    )
