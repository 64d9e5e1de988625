"""Models on a device, with the few methods of an interpreter or an ONNX session that edgekit's sessions call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.session import SessionOptions
from edgekit.documents.delegation import Delegation
from edgekit.errors import SessionError
from edgekit.remote.connection import Connection
from edgekit.remote.errors import RefusedError
from edgekit.remote.shim.arrays import Message, unpacked
from edgekit.system.printable import plain

Array = NDArray[Any]


class RemoteModel:
    """A model that a device has loaded.

    Args:
        connection: The device.
        module: The interpreter's module there.
        file: The model, sent unless the device has it.
        options: Threads, processors and delegate.

    Raises:
        RefusedError: The interpreter there does not take the model; `DelegateRefusedError`, the delegate.
        ReachError: The device is gone.
    """

    def __init__(self, connection: Connection, module: str, file: Path, options: SessionOptions) -> None:
        self.connection = connection
        delegate = None if options.delegate is None else options.delegate.adapter.settings(options.delegate)
        if options.cpus is not None:
            try:
                connection.ask("pin", cpus=list(options.cpus))
            except RefusedError as error:
                raise SessionError(f"{connection.address}: {error}") from error
        digest = connection.keep(file.read_bytes())
        self.loaded = connection.ask("load", module=module, digest=digest, threads=options.threads, delegate=delegate)
        delegation = self.loaded["delegation"]
        self.delegation = (
            None if delegation is None else Delegation(**{**delegation, "proof": plain(delegation["proof"])})
        )
        self.feeds: Message = {}

    def answers(self, inputs: Mapping[str, Array], *, one_by_one: bool = False) -> dict[str, Array]:
        """Run the model there, and return its outputs; ``one_by_one``: the samples one at a time."""
        self.feeds = self.connection.packed(inputs)
        outputs = self.connection.ask("run_each" if one_by_one else "run", model=self.loaded["model"], feeds=self.feeds)
        return {name: unpacked(value) for name, value in outputs.items()}

    def bench(self, runs: int, warm_up: int) -> Message:
        """Time runs on the inputs of the last one, there."""
        measured = self.connection.ask(
            "bench", model=self.loaded["model"], feeds=self.feeds, runs=runs, warm_up=min(warm_up, runs)
        )
        return {
            "times_ms": measured["times_ms"],
            "load_ms": self.loaded["load_ms"],
            "first_ms": measured["first_ms"],
            "peak_rss_bytes": measured["peak_rss_bytes"],
            "before": measured["before"],
            "after": measured["after"],
            "measured_on": self.connection.machine,
        }


class RemoteInterpreter(RemoteModel):
    """A TFLite model; inputs go and outputs come when it is invoked."""

    def __init__(self, connection: Connection, module: str, file: Path, options: SessionOptions) -> None:
        super().__init__(connection, module, file, options)
        self._inputs: dict[str, Array] = {}
        self._outputs: dict[str, Array] = {}

    def get_signature_list(self) -> Message:
        """Return the signatures, by key."""
        signatures: Message = self.loaded["signatures"]
        return signatures

    def get_signature_runner(self, key: str) -> _Signature:
        """Return what a signature says of its inputs and outputs."""
        inputs, outputs = self.loaded["signatures"][key]
        return _Signature(inputs=_details(inputs), outputs=_details(outputs))

    def get_input_details(self) -> list[Message]:
        """Return the input tensors."""
        return [_detail(tensor) for tensor in self.loaded["inputs"]]

    def get_output_details(self) -> list[Message]:
        """Return the output tensors."""
        return [_detail(tensor) for tensor in self.loaded["outputs"]]

    def resize_tensor_input(self, index: int, shape: Sequence[int]) -> None:
        """Do nothing: the device goes by the shapes of what it gets."""

    def allocate_tensors(self) -> None:
        """Do nothing, as above."""

    def set_tensor(self, index: int, values: Array) -> None:
        """Take an input."""
        self._inputs[str(index)] = values

    def invoke(self) -> None:
        """Run the model there."""
        self._outputs = self.answers(self._inputs)

    def get_tensor(self, index: int) -> Array:
        """Return an output of the last run."""
        return self._outputs[str(index)]


@dataclass(frozen=True, kw_only=True)
class _Signature:
    inputs: Message
    outputs: Message

    def get_input_details(self) -> Message:
        return self.inputs

    def get_output_details(self) -> Message:
        return self.outputs


def _details(tensors: Mapping[str, Message]) -> dict[str, Message]:
    return {name: _detail(tensor) for name, tensor in tensors.items()}


def _detail(value: Message) -> Message:
    return {**value, "dtype": np.dtype(value["dtype"]).type, "quantization": tuple(value["quantization"])}


@dataclass(frozen=True, kw_only=True)
class _Port:
    name: str
    type: str
    shape: tuple[int | None, ...]


class RemoteOnnxSession(RemoteModel):
    """An ONNX model in ONNX Runtime."""

    def __init__(self, connection: Connection, file: Path, options: SessionOptions) -> None:
        super().__init__(connection, "onnxruntime", file, options)

    def get_inputs(self) -> list[_Port]:
        """Return the inputs."""
        return [_Port(**{**port, "shape": tuple(port["shape"])}) for port in self.loaded["inputs"]]

    def get_outputs(self) -> list[_Port]:
        """Return the outputs."""
        return [_Port(**{**port, "shape": tuple(port["shape"])}) for port in self.loaded["outputs"]]

    def get_modelmeta(self) -> SimpleNamespace:
        """Return what the file says of itself."""
        return SimpleNamespace(custom_metadata_map=self.loaded["metadata"])

    def run(self, names: Sequence[str], feeds: Mapping[str, Array], *, one_by_one: bool = False) -> list[Array]:
        """Run the model there, and return the outputs of these names; ``one_by_one``: the samples one at a time."""
        outputs = self.answers(feeds, one_by_one=one_by_one)
        return [outputs[name] for name in names]


def remote_model(session: Any) -> RemoteModel | None:
    """Return the model on a device that a session runs; None: it runs in this process."""
    core = getattr(session, "core", session)
    model = getattr(core, "interpreter", None) or getattr(core, "session", None)
    return model if isinstance(model, RemoteModel) else None
