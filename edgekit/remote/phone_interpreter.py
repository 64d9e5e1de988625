"""Models on a phone, run by Google's ``benchmark_model``: with no app and no Python there.

Its process is started anew for each sample, since it writes the outputs of one run only.
"""

from __future__ import annotations

import contextlib
import math
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.session import SessionOptions
from edgekit.errors import DelegateError, ReachError, SessionError
from edgekit.remote.adb import FOLDER, Phone
from edgekit.remote.benchmark_model import MOST_RUNS, NAME, WHERE_TO_GET, Launch, read_delegation, read_times
from edgekit.remote.interpreters import RemoteInterpreter
from edgekit.remote.shim.arrays import Message
from edgekit.remote.shim.interpreters import TFLiteModel
from edgekit.remote.shim.partitions import partitions

Array = NDArray[Any]
PLACES = (f"/data/local/tmp/{NAME}", f"{FOLDER}/{NAME}")
"""Where a phone has the tool, if somebody put it there."""
LAUNCH = "edgekit: launch"
THERMAL, CLOCK = "/sys/class/thermal/thermal_zone0/temp", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"


def prepare_tool(phone: Phone, file: str | None) -> None:
    """See that a phone has the tool.

    Args:
        phone: The phone.
        file: A file of this machine that is sent; None: it is there already.

    Raises:
        ReachError: It is neither there nor sent.
    """
    if file is not None:
        if not Path(file).is_file():
            raise ReachError(f"benchmark_model {file}: there is no such file; it is at {WHERE_TO_GET}", path=Path(file))
        phone.shell("mkdir", "-p", FOLDER)
        phone.tool = phone.keep(Path(file).read_bytes())
        phone.shell("chmod", "755", phone.tool)
        return
    phone.tool = next((path for path in PLACES if phone.has(path)), None)
    if phone.tool is None:
        raise ReachError(f"{phone.address} has no {PLACES[0]}: get it from {WHERE_TO_GET}", setting="benchmark_model")


def _sample(inputs: Mapping[str, Array], index: int) -> dict[str, Array]:
    """Return one sample of a batch, as a batch of one."""
    return {name: values[index : index + 1] for name, values in inputs.items()}


class PhoneInterpreter(RemoteInterpreter):
    """A TFLite model on a phone.

    Args:
        phone: The phone.
        file: The model, sent unless the phone has it.
        options: Threads, processors and delegate.

    Raises:
        RefusedError: The interpreter here, which tells inputs and outputs, does not take the model.
        DelegateError: The delegate takes nothing of it.
        ReachError: The phone is gone, or the tool failed.
    """

    def __init__(self, phone: Phone, file: Path, options: SessionOptions) -> None:
        assert phone.tool is not None, "it was prepared"
        described = TFLiteModel("ai_edge_litert.interpreter", str(file), 1, None)
        self.described = described.interpreter
        self.loaded = described.ports()
        self.phone, self.tool, self.options = phone, phone.tool, options
        self.model = phone.keep(file.read_bytes())
        self.delegate = [] if options.delegate is None else options.delegate.adapter.flags(options.delegate)
        self.delegation = None
        self.feeds: Message = {}
        self._inputs, self._outputs = {}, {}
        operators, _ = partitions(self.described._get_ops_details())
        # A first run on zeros: what the phone or the delegate cannot do is told before all samples are sent.
        output = self._launched([self._zeros()])[1]
        if options.delegate is not None:
            self.delegation = read_delegation(output, operators)

    def answers(self, inputs: Mapping[str, Array], *, one_by_one: bool = False) -> dict[str, Array]:
        """Run the model there, and return its outputs; ``one_by_one``: the samples one at a time."""
        count = len(next(iter(inputs.values()))) if one_by_one else 1
        samples = [_sample(inputs, index) for index in range(count)] if one_by_one else [dict(inputs)]
        self.feeds = samples[-1]
        outputs, _ = self._launched(samples)
        if not one_by_one:
            return outputs[0]
        joined = {}
        for name in outputs[0]:
            joined[name] = np.concatenate([output[name] for output in outputs])
        return joined

    def bench(self, runs: int, warm_up: int) -> Message:
        """Time runs on the inputs of the last one, there; in many launches, as of one the tool tells few times."""
        before = self._state()
        counts = [MOST_RUNS] * (runs // MOST_RUNS) + [1] * (runs % MOST_RUNS)
        output = self._launched([self.feeds] * len(counts), runs=counts, warm_up=max(1, min(warm_up, runs)))[1]
        launches = [read_times(text, count) for text, count in zip(output.split(LAUNCH)[1:], counts, strict=True)]
        peaks = [launch.peak_bytes for launch in launches if launch.peak_bytes is not None]
        return {
            "times_ms": [value for launch in launches for value in launch.runs],
            "load_ms": statistics.median(launch.load for launch in launches),
            "first_ms": statistics.median(launch.first for launch in launches),
            "peak_rss_bytes": max(peaks, default=None),
            "before": before,
            "after": self._state(),
            "measured_on": self.phone.machine,
        }

    def _zeros(self) -> dict[str, Array]:
        zeros = {}
        for port in self.loaded["inputs"]:
            shape = [abs(size) for size in port["shape_signature"] or port["shape"]]
            zeros[str(port["index"])] = np.zeros(shape, port["dtype"])
        return zeros

    def _launched(
        self, samples: Sequence[Mapping[str, Array]], *, runs: Sequence[int] | None = None, warm_up: int = 0
    ) -> tuple[list[dict[str, Array]], str]:
        """Run the tool on samples, one launch each; return the outputs of each, or with ``runs`` what it printed.

        `LAUNCH` stands before what each launch printed.
        """
        names = {str(port["index"]): f"input{number}" for number, port in enumerate(self.loaded["inputs"])}
        timed = runs is not None
        counts = runs or [1] * len(samples)
        with self.phone.folder() as folder, tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
            inputs, outputs = Path(scratch) / "given", Path(scratch) / "taken"
            inputs.mkdir()
            outputs.mkdir()
            commands = []
            for number, (sample, count) in enumerate(zip(samples, counts, strict=True)):
                for index, values in sample.items():
                    (inputs / f"{number}-{names[index]}").write_bytes(np.ascontiguousarray(values).tobytes())
                commands.append(["echo", LAUNCH])
                launch = Launch(
                    threads=self.options.threads,
                    runs=count,
                    warm_up=warm_up,
                    shapes={name: sample[index].shape for index, name in names.items()},
                    files={name: f"{folder}/given/{number}-{name}" for name in names.values()},
                    output=None if timed else f"{folder}/taken/{number}",
                    delegate=self.delegate,
                )
                commands.append(self._pinned(launch.command(self.tool, self.model)))
            self.phone.shell("mkdir", f"{folder}/given", f"{folder}/taken")
            self.phone.push_folder(inputs, f"{folder}/given")
            output = self._run(folder, commands)
            if timed:
                return [], output
            self.phone.pull_folder(f"{folder}/taken", outputs)
            return [self._outputs_of(outputs / str(number), sample) for number, sample in enumerate(samples)], output

    def _run(self, folder: str, commands: Sequence[Sequence[str]]) -> str:
        try:
            return self.phone.script(folder, commands, what=NAME)
        except ReachError as error:
            if self.delegate and "delegate" in str(error).lower():
                raise DelegateError(str(error)) from error
            raise

    def _pinned(self, command: list[str]) -> list[str]:
        if self.options.cpus is None:
            return command
        return ["taskset", f"{sum(1 << cpu for cpu in self.options.cpus):x}", *command]

    def _outputs_of(self, file: Path, sample: Mapping[str, Array]) -> dict[str, Array]:
        """Read what the tool wrote: the bytes of all outputs, one after the other in the interpreter's order."""
        if not file.is_file():
            raise SessionError(f"{self.phone.address}: {NAME} wrote no outputs; a version from 2023 or later does")
        data, offset, outputs = file.read_bytes(), 0, {}
        ports = [
            (str(port["index"]), np.dtype(port["dtype"]), shape)
            for port, shape in zip(self.loaded["outputs"], self._shapes(sample), strict=True)
        ]
        expected = sum(math.prod(shape) * dtype.itemsize for _, dtype, shape in ports)
        if expected != len(data):
            raise SessionError(f"{self.phone.address}: {NAME} wrote {len(data)} bytes of outputs, not {expected}")
        for name, dtype, shape in ports:
            size = math.prod(shape) * dtype.itemsize
            outputs[name] = np.frombuffer(data[offset : offset + size], dtype).reshape(shape)
            offset += size
        return outputs

    def _shapes(self, sample: Mapping[str, Array]) -> list[list[int]]:
        """Return the shapes of the outputs for inputs of these sizes, as the interpreter here has them."""
        for port in self.loaded["inputs"]:
            if -1 in port["shape_signature"]:
                self.described.resize_tensor_input(port["index"], list(sample[str(port["index"])].shape))
        self.described.allocate_tensors()
        shapes = []
        for detail in self.described.get_output_details():
            shapes.append([int(size) for size in detail["shape"]])
        return shapes

    def _state(self) -> Message:
        """Return the temperature in degrees Celsius and the clock in MHz, None where the phone does not tell."""
        values = {}
        for name, path in (("celsius", THERMAL), ("mhz", CLOCK)):
            with contextlib.suppress(ReachError, ValueError):  # most phones hide one or the other
                values[name] = int(self.phone.shell("cat", path)) / 1000
        return {"celsius": values.get("celsius"), "mhz": values.get("mhz"), "throttled": None}
