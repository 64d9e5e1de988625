"""Models in TensorFlow Lite's interpreter and in ONNX Runtime."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np

from .ages import too_old, version_of
from .arrays import Message
from .errors import DelegateRefused, Refused, last_line, line
from .partitions import partitions


def import_there(module: str) -> Any:
    """Import a module of a runtime."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Refused(f"{module} cannot be imported: {error}") from error


class TFLiteModel:
    """A model in TensorFlow Lite's interpreter; with a delegate's library, or with XNNPACK, which it has of itself.

    Args:
        module: The interpreter's module.
        path: The model.
        threads: Number of threads.
        delegate: Its ``library`` and ``options``; with no library, XNNPACK has to take something.
    """

    def __init__(self, module: str, path: str, threads: int, delegate: Message | None) -> None:
        package = import_there(module)
        library = None if delegate is None else delegate["library"]
        delegates = None if delegate is None or library is None else [_loaded(package, library, delegate["options"])]
        try:
            self.interpreter = package.Interpreter(
                model_path=path, num_threads=threads, experimental_delegates=delegates
            )
            details = self.interpreter._get_ops_details() if library else []  # before XNNPACK takes what is left
            self.interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            if library and "delegate" in str(error).lower():
                raise DelegateRefused(f"it does not take the model: {line(error)}") from error
            raise Refused(line(error)) from error
        reason = too_old(self.interpreter, version_of(module))
        if reason is not None:
            raise Refused(reason)
        self.delegation = None
        if delegate is not None:
            self.delegation = _delegation(details or self.interpreter._get_ops_details(), library)
        self.shapes: Message = {}

    def ports(self) -> Message:
        """Return the signatures and the tensors, as the interpreter tells them."""
        signatures = self.interpreter.get_signature_list()
        runners = {key: self.interpreter.get_signature_runner(key) for key in signatures}
        return {
            "signatures": {
                key: [_details(runner.get_input_details()), _details(runner.get_output_details())]
                for key, runner in runners.items()
            },
            "inputs": [_detail(detail) for detail in self.interpreter.get_input_details()],
            "outputs": [_detail(detail) for detail in self.interpreter.get_output_details()],
        }

    def run(self, feeds: Message) -> Message:
        """Run on arrays by the numbers of input tensors; return those of the outputs."""
        shapes = {index: values.shape for index, values in feeds.items()}
        try:
            if shapes != self.shapes:
                for detail in self.interpreter.get_input_details():
                    if -1 in detail["shape_signature"]:
                        self.interpreter.resize_tensor_input(detail["index"], list(shapes[str(detail["index"])]))
                self.interpreter.allocate_tensors()
                self.shapes = shapes
            for index, values in feeds.items():
                self.interpreter.set_tensor(int(index), values)
            self.interpreter.invoke()
            outputs = self.interpreter.get_output_details()
            return {str(detail["index"]): self.interpreter.get_tensor(detail["index"]) for detail in outputs}
        except (RuntimeError, ValueError) as error:
            raise Refused(line(error)) from error


def _loaded(package: Any, library: str, options: dict[str, str]) -> Any:
    try:
        return package.load_delegate(library, options)
    except (OSError, ValueError) as error:
        # Of a library that is not there both runtimes say just that it did not load; the system knows more.
        reason = last_line(error)
        if os.sep in library and not os.path.exists(library):
            reason = "there is no such file"
        raise DelegateRefused(f"{library} cannot be loaded: {reason}") from error


def _delegation(details: list[Message], library: str | None) -> Message:
    """Return what a delegate has taken."""
    total, runs = partitions(details)
    nodes = sum(len(partition) for partition in runs)
    name = "XNNPACK" if library is None else os.path.basename(library)
    if not nodes:
        raise DelegateRefused(f"{name} takes none of the model's {total} operators")
    proof = f"the interpreter lists {len(runs)} partition{'s' if len(runs) > 1 else ''} of {name}"
    return {"nodes": nodes, "total": total, "partitions": len(runs), "proof": proof}


def _details(details: Message) -> Message:
    return {name: _detail(detail) for name, detail in details.items()}


def _detail(detail: Message) -> Message:
    scale, zero_point = detail["quantization"]
    return {
        "name": detail["name"],
        "index": int(detail["index"]),
        "dtype": np.dtype(detail["dtype"]).name,
        "shape": [int(size) for size in detail["shape"]],
        "shape_signature": [int(size) for size in detail["shape_signature"]],
        "quantization": [float(scale), int(zero_point)],
    }


class OnnxModel:
    """A model in ONNX Runtime."""

    delegation = None

    def __init__(self, module: str, path: str, threads: int) -> None:
        package = import_there(module)
        options = package.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4
        try:
            self.session = package.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions share no base class of their own
            raise Refused(line(error)) from error

    def ports(self) -> Message:
        """Return the inputs and outputs, and what the file says of itself."""
        sides = {"inputs": self.session.get_inputs(), "outputs": self.session.get_outputs()}
        description: Message = {"metadata": dict(self.session.get_modelmeta().custom_metadata_map)}
        for side, ports in sides.items():
            description[side] = [{"name": port.name, "type": port.type, "shape": _sizes(port.shape)} for port in ports]
        return description

    def run(self, feeds: Message) -> Message:
        """Run on arrays by name."""
        names = [port.name for port in self.session.get_outputs()]
        try:
            return dict(zip(names, self.session.run(names, feeds)))
        except Exception as error:  # as above
            raise Refused(line(error)) from error


def _sizes(shape: list[Any]) -> list[int | None]:
    return [size if isinstance(size, int) else None for size in shape]
