"""A TFLite model in an interpreter: shared by the runtimes that offer TensorFlow Lite's Interpreter."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edgekit.adapters.session import BaseSession, Session, SessionOptions
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.fixed_batch import fixed_batch, in_fixed_batches
from edgekit.contract.shape import Shape
from edgekit.errors import ArtifactError, DelegateError, SessionError
from edgekit.inference.arrays import bare_input, bare_output, check_inputs
from edgekit.models.artifact import Artifact
from edgekit.quantization.affine import TensorDetail, dequantize, quantize
from edgekit.remote.errors import DelegateRefusedError
from edgekit.remote.shim.ages import too_old, version_of
from edgekit.system.optional import require, silenced_stderr
from edgekit.system.printable import reason_of

_SIGNATURE = "serving_default"


class _Port(Struct, frozen=True, kw_only=True):
    """An input or output tensor: where it is, and how its integers are read."""

    index: int
    dtype: np.dtype[Any]
    scale: float
    zero_point: int
    shape: Shape


def open_interpreter(
    module: str, artifact: Artifact, *, runtime: str, extra: str, options: SessionOptions
) -> AbstractContextManager[Session]:
    """Load a TFLite file into the Interpreter of ``module``, here or on a device.

    Raises:
        SessionError: The interpreter refuses the file.
        DelegateError: The delegate cannot be loaded, or takes nothing of the model.
        ReachError: The device is gone.
    """

    def load() -> Any:
        if options.device is None:
            return _interpreter(module, artifact, runtime=runtime, extra=extra, threads=options.threads)
        from edgekit.remote.connection import connection_of  # heavy
        from edgekit.remote.interpreters import RemoteInterpreter  # heavy

        return RemoteInterpreter(connection_of(options.device), module, artifact.file, options)

    return open_tflite(load, artifact, runtime=runtime, options=options)


def _interpreter(module: str, artifact: Artifact, *, runtime: str, extra: str, threads: int) -> Any:
    """Load a file into an interpreter of this process."""
    package = require(module, asked=f"the runtime {runtime}", extra=extra)
    with silenced_stderr():
        interpreter = package.Interpreter(model_path=str(artifact.file), num_threads=threads)
        interpreter.allocate_tensors()
    reason = too_old(interpreter, version_of(module))
    if reason is not None:
        raise SessionError(f"{runtime} cannot run {artifact.file}: {reason}")
    return interpreter


@contextlib.contextmanager
def open_tflite(
    load: Callable[[], Any], artifact: Artifact, *, runtime: str, options: SessionOptions
) -> Iterator[Session]:
    """Open a session on what loads a TFLite file, an Interpreter or what answers as one does.

    Raises:
        SessionError: It refuses the file.
        DelegateError: The delegate cannot be loaded, or takes nothing of the model.
        ReachError: The device is gone.
    """
    try:
        interpreter = load()
    except DelegateRefusedError as error:
        assert options.delegate is not None, "it was refused"
        raise DelegateError("; ".join(filter(None, [f"{error}", options.delegate.adapter.HELP]))) from error
    except (RuntimeError, ValueError) as error:
        raise SessionError(f"{runtime} cannot load {artifact.file}: {reason_of(error)}") from error
    yield TFLiteSession(interpreter, artifact, runtime=runtime, raw=options.raw)


class TFLiteSession(BaseSession):
    """A running TFLite model.

    Args:
        interpreter: An interpreter with the model loaded.
        artifact: What it is.
        runtime: Name of the runtime.
        raw: Take and give the model's own integers rather than floats.

    Raises:
        ArtifactError: The model has no usable signature.
    """

    def __init__(self, interpreter: Any, artifact: Artifact, *, runtime: str, raw: bool) -> None:
        self.interpreter, self.runtime, self.raw = interpreter, runtime, raw
        self.remote = hasattr(interpreter, "answers")
        self.delegation = getattr(interpreter, "delegation", None)
        inputs, outputs = _details(interpreter)
        self.inputs = {name: _port(detail) for name, detail in inputs.items()}
        self.outputs = {name: _port(detail) for name, detail in outputs.items()}
        self.has_contract = artifact.contract is not None
        self.contract = artifact.contract or _bare_contract(self.inputs, self.outputs)
        if not self.has_contract:
            from edgekit.formats.tflite.metadata_reader import (  # of files that are not edgekit's own
                described,
                read_metadata,
            )

            public = read_metadata(artifact.file)
            if public is not None:
                ordered = _in_order(self.contract, interpreter, self.inputs, self.outputs)
                self.contract, self.has_contract = described(ordered, public), True
        missing = [spec.name for spec in self.contract.inputs if spec.name not in self.inputs]
        missing += [spec.name for spec in self.contract.outputs if spec.name not in self.outputs]
        if missing:
            raise ArtifactError(f"{artifact.file} has no {missing[0]!r}, which its contract names")
        self.fixed = fixed_batch(self.contract)
        self.resizable = any(port.shape and port.shape[0] is None for port in self.inputs.values())
        self.shapes: tuple[tuple[int, ...], ...] = ()

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch; a file with a fixed batch runs it piece by piece."""
        batch = check_inputs(self.contract, inputs)
        if self.resizable:
            return self._invoke(inputs)
        fixed = (next(iter(self.inputs.values())).shape or (1,))[0] or 1
        if batch == fixed:
            return self._invoke(inputs)
        if batch % fixed and self.fixed != fixed:
            raise SessionError(f"the model takes a fixed batch of {fixed}; {batch} samples are not a multiple of it")
        return in_fixed_batches(fixed, inputs, self._invoke)

    def run_each(self, **inputs: NDArray[Any]) -> Batch:
        """Run the samples of a batch one at a time."""
        if not self.remote or self.fixed not in (None, 1):
            return super().run_each(**inputs)
        check_inputs(self.contract, inputs)
        feeds = {str(port.index): self._to_model(port, inputs[name]) for name, port in self.inputs.items()}
        with self._failures():
            outputs = self.interpreter.answers(feeds, one_by_one=True)
        return {name: self._to_user(port, outputs[str(port.index)]) for name, port in self.outputs.items()}

    def _invoke(self, inputs: Mapping[str, NDArray[Any]]) -> Batch:
        interpreter = self.interpreter
        with self._failures():
            shapes = tuple([inputs[name].shape for name in self.inputs])
            if shapes != self.shapes:
                self._allocate(inputs)
                self.shapes = shapes
            for name, port in self.inputs.items():
                interpreter.set_tensor(port.index, self._to_model(port, inputs[name]))
            interpreter.invoke()
            return {
                name: self._to_user(port, interpreter.get_tensor(port.index)) for name, port in self.outputs.items()
            }

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, ValueError) as error:
            raise SessionError(f"{self.runtime} failed while it ran the model: {reason_of(error)}") from error

    def _allocate(self, inputs: Mapping[str, NDArray[Any]]) -> None:
        for name, port in self.inputs.items():
            if None in port.shape:
                self.interpreter.resize_tensor_input(port.index, list(inputs[name].shape))
        self.interpreter.allocate_tensors()

    def _to_model(self, port: _Port, values: NDArray[Any]) -> NDArray[Any]:
        if not self.raw and port.scale and (values.dtype.kind == "f" or values.dtype != port.dtype):
            return quantize(values, scale=port.scale, zero_point=port.zero_point, dtype=port.dtype)
        return values if values.dtype == port.dtype else values.astype(port.dtype)

    def _to_user(self, port: _Port, values: NDArray[Any]) -> NDArray[Any]:
        if not self.raw and port.scale and values.dtype.kind in "iu":
            return dequantize(values, scale=port.scale, zero_point=port.zero_point)
        return values


def _details(interpreter: Any) -> tuple[TensorDetail, TensorDetail]:
    """Return input and output tensors by name: the signature's names, or the tensors' own if there is none."""
    signatures = interpreter.get_signature_list()
    if len(signatures) > 1 and _SIGNATURE not in signatures:
        raise ArtifactError(f"the model has several signatures and none is {_SIGNATURE!r}: {', '.join(signatures)}")
    if signatures:
        key = _SIGNATURE if _SIGNATURE in signatures else next(iter(signatures))
        runner = interpreter.get_signature_runner(key)
        return dict(runner.get_input_details()), dict(runner.get_output_details())
    return (
        {detail["name"]: detail for detail in interpreter.get_input_details()},
        {detail["name"]: detail for detail in interpreter.get_output_details()},
    )


def _port(detail: TensorDetail) -> _Port:
    scale, zero_point = detail["quantization"]
    signature = detail["shape_signature"] if len(detail["shape_signature"]) else detail["shape"]
    return _Port(
        index=int(detail["index"]),
        dtype=np.dtype(detail["dtype"]),
        scale=float(scale) if np.dtype(detail["dtype"]).kind in "iu" else 0.0,
        zero_point=int(zero_point),
        shape=tuple(None if size < 0 else int(size) for size in signature),
    )


def _in_order(
    contract: Contract, interpreter: Any, inputs: Mapping[str, _Port], outputs: Mapping[str, _Port]
) -> Contract:
    """Return a contract whose inputs and outputs are in the graph's order."""
    input_order = [int(detail["index"]) for detail in interpreter.get_input_details()]
    output_order = [int(detail["index"]) for detail in interpreter.get_output_details()]
    return Contract(
        inputs=tuple(sorted(contract.inputs, key=lambda spec: input_order.index(inputs[spec.name].index))),
        outputs=tuple(sorted(contract.outputs, key=lambda spec: output_order.index(outputs[spec.name].index))),
    )


def _bare_contract(inputs: Mapping[str, _Port], outputs: Mapping[str, _Port]) -> Contract:
    def dtype(port: _Port) -> str:
        return "float32" if port.scale else port.dtype.name

    input_specs: tuple[InputSpec, ...] = tuple(
        bare_input(name, dtype(port), port.shape) for name, port in inputs.items()
    )
    output_specs: tuple[OutputSpec, ...] = tuple(
        bare_output(name, dtype(port), port.shape) for name, port in outputs.items()
    )
    return Contract(inputs=input_specs, outputs=output_specs)
