"""What runs on a device: it keeps models and samples by digest, runs them, and measures.

This file is sent as it is. It needs Python 3.8, numpy and an interpreter, and nothing of edgekit; edgekit imports
nothing of it but its text and its limits. It speaks over an execnet channel: a message names what to do, the answer is
its value or its error.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import resource
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

FOLDER = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "edgekit-device")
MOST_BYTES = 2 << 30
"""What is kept on a device at most; what was used longest ago goes first."""
FREE_SHARE = 0.25
"""Nor more than this share of what is free on its disk."""


class Refused(Exception):  # noqa: N818 - it is an answer
    """Something that the device cannot do; its text is for the user."""


def hello(packages: list[str]) -> dict[str, Any]:
    """Return what this device is: its Python, the versions of packages, its processor, memory and heat."""
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "process": os.getpid(),
        "numpy": np.__version__,
        "packages": {name: _version(name) for name in packages},
        "machine": machine(),
        "state": state(),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def machine() -> dict[str, Any]:
    """Return the model, the architecture, the cores and the memory in bytes, as far as the system tells."""
    return {
        "model": _first(_text("/proc/device-tree/model"), _text("/sys/firmware/devicetree/base/model")),
        "architecture": os.uname().machine,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _field("/proc/cpuinfo", "model name") or _field("/proc/cpuinfo", "Hardware"),
        "memory": _kilobytes("/proc/meminfo", "MemTotal"),
    }


def state() -> dict[str, float | None]:
    """Return the temperature in degrees Celsius and the clock in MHz, None where the system does not tell."""
    heat = _text("/sys/class/thermal/thermal_zone0/temp")
    clock = _text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
    return {"celsius": int(heat) / 1000 if heat else None, "mhz": int(clock) / 1000 if clock else None}


def _first(*values: str | None) -> str | None:
    return next((value for value in values if value), None)


def _text(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read().rstrip(b"\0\n").decode("utf-8", "replace") or None
    except OSError:
        return None


def _field(path: str, name: str) -> str | None:
    lines = (_text(path) or "").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)


def _kilobytes(path: str, name: str) -> int | None:
    value = _field(path, name)
    return int(value.split()[0]) * 1024 if value else None


def place_of(digest: str) -> str:
    """Return where what has a digest is kept."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise Refused(f"{digest!r} is no digest")
    return os.path.join(FOLDER, digest)


def missing(digests: list[str]) -> list[str]:
    """Return which of some digests are not kept here."""
    return [digest for digest in digests if not os.path.exists(place_of(digest))]


def keep(digest: str, data: bytes) -> None:
    """Keep data under its digest."""
    if hashlib.sha256(data).hexdigest() != digest:
        raise Refused("what arrived is not what was sent: the digest differs")
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    _make_room(len(data))
    descriptor, temporary = tempfile.mkstemp(dir=FOLDER, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, place_of(digest))
    except OSError as error:
        os.unlink(temporary)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(f"the disk is full: {len(data)} bytes do not fit into {FOLDER}") from error
        raise Refused(f"cannot write to {FOLDER}: {error.strerror}") from error


def _make_room(needed: int) -> None:
    """Delete what was used longest ago."""
    entries = [entry for entry in os.scandir(FOLDER) if entry.is_file()]
    used = sum(entry.stat().st_size for entry in entries)
    disk = os.statvfs(FOLDER)
    most = min(MOST_BYTES, used + FREE_SHARE * disk.f_bavail * disk.f_frsize)
    for entry in sorted(entries, key=lambda each: each.stat().st_mtime):
        if used + needed <= most:
            break
        used -= entry.stat().st_size
        os.unlink(entry.path)


def _kept(digest: str) -> str:
    path = place_of(digest)
    os.utime(path)
    return path


class Models:
    """The models that are open, by a number each."""

    def __init__(self) -> None:
        self.open: dict[int, TFLiteModel | OnnxModel] = {}
        self.first_ms: dict[int, float | None] = {}

    def load(
        self,
        module: str,
        digest: str,
        threads: int,
        cpus: list[int] | None = None,
        delegate: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Load a kept model into an interpreter; return its number, what goes in and comes out, and the time taken."""
        if cpus:
            os.sched_setaffinity(0, cpus)
        started = time.perf_counter()
        try:
            package = importlib.import_module(module)
        except ImportError as error:
            raise Refused(f"{module} cannot be imported: {error}") from error
        kind = OnnxModel if module == "onnxruntime" else TFLiteModel
        made = kind(package, _kept(digest), threads, delegate)
        number = len(self.open)
        self.open[number], self.first_ms[number] = made, None
        return {"model": number, "load_ms": 1e3 * (time.perf_counter() - started), **made.ports()}

    def run(self, model: int, feeds: dict[str, Any]) -> dict[str, Any]:
        """Run a model on arrays; inputs that are kept come as their digests."""
        arrays = {name: array(value) for name, value in feeds.items()}
        started = time.perf_counter()
        found = self.open[model].run(arrays)
        if self.first_ms[model] is None:
            self.first_ms[model] = 1e3 * (time.perf_counter() - started)
        return found

    def bench(self, model: int, feeds: dict[str, Any], runs: int, warm_up: int) -> dict[str, Any]:
        """Return the milliseconds of a model's first run and of ``runs`` more, and what they did to the device."""
        arrays = {name: array(value) for name, value in feeds.items()}
        opened, before = self.open[model], state()
        times: list[float] = []
        for _ in range(warm_up + runs):
            started = time.perf_counter()
            opened.run(arrays)
            times.append(1e3 * (time.perf_counter() - started))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {
            "first_ms": self.first_ms[model],
            "times_ms": times[warm_up:],
            "peak_rss_bytes": peak,
            "before": before,
            "after": state(),
        }


class TFLiteModel:
    """A model in TensorFlow Lite's interpreter."""

    def __init__(self, package: Any, path: str, threads: int, delegate: dict[str, Any] | None) -> None:
        delegates = []
        if delegate:
            try:
                delegates = [package.load_delegate(delegate["library"], delegate["options"])]
            except (OSError, ValueError) as error:
                raise Refused(f"the delegate {delegate['library']} cannot be loaded: {_line(error)}") from error
        try:
            self.interpreter = package.Interpreter(
                model_path=path, num_threads=threads, experimental_delegates=delegates or None
            )
            self.interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise Refused(_line(error)) from error
        self.shapes: dict[str, Any] = {}

    def ports(self) -> dict[str, Any]:
        """Return the signatures and the tensors, as the interpreter tells them."""
        signatures = self.interpreter.get_signature_list()
        runners = {key: self.interpreter.get_signature_runner(key) for key in signatures}
        return {
            "signatures": {
                key: [_details(runner.get_input_details()), _details(runner.get_output_details())]
                for key, runner in runners.items()
            },
            "inputs": [_detail(each) for each in self.interpreter.get_input_details()],
            "outputs": [_detail(each) for each in self.interpreter.get_output_details()],
            "ops": [str(each["op_name"]) for each in self.interpreter._get_ops_details()],
        }

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
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
            return {str(each["index"]): packed(self.interpreter.get_tensor(each["index"])) for each in outputs}
        except (RuntimeError, ValueError) as error:
            raise Refused(_line(error)) from error


def _details(details: dict[str, Any]) -> dict[str, Any]:
    return {name: _detail(each) for name, each in details.items()}


def _detail(detail: dict[str, Any]) -> dict[str, Any]:
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

    def __init__(self, package: Any, path: str, threads: int, delegate: dict[str, Any] | None) -> None:
        if delegate:
            raise Refused("ONNX Runtime takes no delegates")
        options = package.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4
        try:
            self.session = package.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions share no base class of their own
            raise Refused(_line(error)) from error

    def ports(self) -> dict[str, Any]:
        """Return the inputs and outputs."""
        sides = {"inputs": self.session.get_inputs(), "outputs": self.session.get_outputs()}
        return {
            side: [{"name": each.name, "type": each.type, "shape": _sizes(each.shape)} for each in ports]
            for side, ports in sides.items()
        }

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        """Run on arrays by name."""
        names = [each.name for each in self.session.get_outputs()]
        try:
            return dict(zip(names, map(packed, self.session.run(names, feeds))))
        except Exception as error:  # as above
            raise Refused(_line(error)) from error


def _sizes(shape: list[Any]) -> list[int | None]:
    return [size if isinstance(size, int) else None for size in shape]


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def array(value: dict[str, Any]) -> Any:
    """Return an array that was sent, or is kept."""
    data = value.get("data")
    if data is None:
        with open(_kept(value["digest"]), "rb") as file:
            data = file.read()
    if value["dtype"] == "string":
        return np.array(data, object).reshape(value["shape"])
    return np.frombuffer(data, value["dtype"]).reshape(value["shape"])


def packed(values: Any) -> dict[str, Any]:
    """Return an array as it is sent."""
    if values.dtype.kind in "OSU":
        return {"dtype": "string", "shape": list(values.shape), "data": [bytes(each) for each in values.ravel()]}
    return {"dtype": values.dtype.name, "shape": list(values.shape), "data": values.tobytes()}


def serve(channel: Any) -> None:
    """Answer messages until there are no more."""
    models = Models()
    known: dict[str, Any] = {
        "hello": hello,
        "missing": missing,
        "keep": keep,
        "state": state,
        "load": models.load,
        "run": models.run,
        "bench": models.bench,
    }
    for message in channel:
        try:
            answer = {"value": known[message["do"]](**message["with"])}
        except Refused as error:
            answer = {"refused": str(error)}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {_line(error)}"}
        channel.send(answer)


if __name__ == "__channelexec__":
    serve(channel)  # type: ignore[name-defined]  # noqa: F821 - execnet gives it
