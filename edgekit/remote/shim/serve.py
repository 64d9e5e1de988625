"""Answers the messages of a channel."""

from __future__ import annotations

import mmap
import os
import resource
import time
from typing import Any

import numpy as np

from .arrays import Message, packed, unpacked
from .errors import DelegateRefused, Refused, line
from .facts import hello, libraries, state
from .interpreters import OnnxModel, TFLiteModel
from .store import keep, kept, missing


class Models:
    """The models that are open, by a number each."""

    def __init__(self) -> None:
        self.open: dict[int, Any] = {}
        self.first_ms: dict[int, float | None] = {}

    def load(self, module: str, digest: str, threads: int, delegate: Message | None) -> Message:
        """Load a kept model; return its number, what goes in and comes out, what is delegated, and the time taken.

        Args:
            module: The runtime's module.
            digest: The model's.
            threads: Number of threads.
            delegate: ``library`` and ``options``, or the ``precision`` of a GPU; None: the CPU.
        """
        started = time.perf_counter()
        opened: Any
        if module == "onnxruntime":
            opened = OnnxModel(module, kept(digest), threads)
        elif delegate is not None and "precision" in delegate:
            from .gpu import GpuModel  # few need it, and reading it takes its time

            opened = GpuModel(module, kept(digest), delegate["precision"])
        else:
            opened = TFLiteModel(module, kept(digest), threads, delegate)
        number = len(self.open)
        self.open[number], self.first_ms[number] = opened, None
        load_ms = 1e3 * (time.perf_counter() - started)
        return {"model": number, "load_ms": load_ms, "delegation": opened.delegation, **opened.ports()}

    def run(self, model: int, feeds: Message) -> Message:
        """Run a model on arrays; inputs that are kept come as their digests."""
        arrays = {name: _array(value) for name, value in feeds.items()}
        started = time.perf_counter()
        outputs: Message = self.open[model].run(arrays)
        if self.first_ms[model] is None:
            self.first_ms[model] = 1e3 * (time.perf_counter() - started)
        return {name: packed(value) for name, value in outputs.items()}

    def run_each(self, model: int, feeds: Message) -> Message:
        """Run a model on samples one at a time; return their outputs in one array each."""
        arrays = {name: _array(value) for name, value in feeds.items()}
        opened = self.open[model]
        count = len(next(iter(arrays.values())))
        runs = []
        for index in range(count):
            sample = {name: values[index : index + 1] for name, values in arrays.items()}
            runs.append(opened.run(sample))
        outputs = {}
        for name in runs[0]:
            outputs[name] = packed(np.concatenate([run[name] for run in runs]))
        return outputs

    def bench(self, model: int, feeds: Message, runs: int, warm_up: int) -> Message:
        """Return the milliseconds of a model's first run and of ``runs`` more, and what they did to the device."""
        arrays = {name: _array(value) for name, value in feeds.items()}
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


def pin(cpus: list[int]) -> None:
    """Run on some processors only, with all threads that are started from now on."""
    processors = sorted(os.sched_getaffinity(0))
    if not set(cpus) <= set(processors):
        raise Refused(f"cannot run on the processors {cpus}: there are {processors}")
    os.sched_setaffinity(0, cpus)


class Shared:
    """Memory that the other side of this machine writes arrays to."""

    def __init__(self) -> None:
        self.memory: Any = None

    def open(self, path: str) -> None:
        """Map a file; what was mapped before is let go."""
        with open(path, "rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def array(self, value: Message) -> Any:
        """Return an array that lies there, without a copy."""
        count = int(np.prod(value["shape"]))
        return np.frombuffer(self.memory, value["dtype"], count, value["offset"]).reshape(value["shape"])


SHARED = Shared()


def _array(value: Message) -> Any:
    """Return an array that was sent, is shared, or is kept."""
    if "offset" in value:
        return SHARED.array(value)
    if value["data"] is None:
        with open(kept(value["digest"]), "rb") as file:
            value = {**value, "data": file.read()}
    return unpacked(value)


def serve(channel: Any) -> None:
    """Answer messages until there are no more."""
    models = Models()
    actions: Message = {
        "hello": hello,
        "libraries": libraries,
        "missing": missing,
        "keep": keep,
        "state": state,
        "share": SHARED.open,
        "pin": pin,
        "load": models.load,
        "run": models.run,
        "run_each": models.run_each,
        "bench": models.bench,
    }
    for message in channel:
        try:
            answer = {"value": actions[message["do"]](**message["with"])}
        except DelegateRefused as error:
            answer = {"delegate": str(error)}
        except Refused as error:
            answer = {"refused": str(error)}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {line(error)}"}
        channel.send(answer)
