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
from edgekit.remote.benchmark_model import MOST_RUNS, NAME, WHERE_TO_GET, flags, read_delegation, read_times
from edgekit.remote.interpreters import RemoteInterpreter
from edgekit.remote.shim.interpreters import TFLiteModel
from edgekit.remote.shim.partitions import partitions

Array = NDArray[Any]
PLACES = (f"/data/local/tmp/{NAME}", f"{FOLDER}/{NAME}")
"""Where a phone has the tool, if somebody put it there."""
LAUNCH = "edgekit: launch"
THERMAL, CLOCK = "/sys/class/thermal/thermal_zone0/temp", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"


def prepare_tool(phone: Phone, given: str | None) -> None:
    """See that a phone has the tool.

    Args:
        phone: The phone.
        given: A file of this machine that is sent; None: it is there already.

    Raises:
        ReachError: It is neither there nor given.
    """
    if given is not None:
        if not Path(given).is_file():
            raise ReachError(
                f"benchmark_model {given}: there is no such file; it is at {WHERE_TO_GET}", path=Path(given)
            )
        phone.shell("mkdir", "-p", FOLDER)
        phone.tool = phone.keep(Path(given).read_bytes())
        phone.shell("chmod", "755", phone.tool)
        return
    phone.tool = next((path for path in PLACES if phone.has(path)), None)
    if phone.tool is None:
        raise ReachError(f"{phone.address} has no {PLACES[0]}: get it from {WHERE_TO_GET}", setting="benchmark_model")


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
        self.feeds: dict[str, Any] = {}
        self._inputs, self._outputs = {}, {}
        operators, _ = partitions(self.described._get_ops_details())
        # A first run on zeros: what the phone or the delegate cannot do is told before all samples are sent.
        told = self._told([self._zeros()])[1]
        if options.delegate is not None:
            self.delegation = read_delegation(told, operators)

    def answers(self, inputs: Mapping[str, Array], *, one_by_one: bool = False) -> dict[str, Array]:
        """Run the model there, and return its outputs; ``one_by_one``: the samples one at a time."""
        count = len(next(iter(inputs.values()))) if one_by_one else 1
        parts = [{k: v[i : i + 1] for k, v in inputs.items()} for i in range(count)] if one_by_one else [dict(inputs)]
        self.feeds = parts[-1]
        found, _ = self._told(parts)
        return {
            name: np.concatenate([part[name] for part in found]) if one_by_one else found[0][name] for name in found[0]
        }

    def bench(self, runs: int, warm_up: int) -> dict[str, Any]:
        """Time runs on the inputs of the last one, there; in many launches, as of one the tool tells few times."""
        before = self._state()
        counts = [MOST_RUNS] * (runs // MOST_RUNS) + [1] * (runs % MOST_RUNS)
        told = self._told([self.feeds] * len(counts), runs=counts, warm_up=max(1, min(warm_up, runs)))[1]
        launches = [read_times(text, count) for text, count in zip(told.split(LAUNCH)[1:], counts, strict=True)]
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
        return {
            str(each["index"]): np.zeros(
                [abs(size) for size in each["shape_signature"] or each["shape"]], each["dtype"]
            )
            for each in self.loaded["inputs"]
        }

    def _told(
        self, samples: Sequence[Mapping[str, Array]], *, runs: Sequence[int] | None = None, warm_up: int = 0
    ) -> tuple[list[dict[str, Array]], str]:
        """Run the tool on samples, one launch each; return the outputs of each, or with ``runs`` what it printed.

        `LAUNCH` stands before what each launch printed.
        """
        names = {str(each["index"]): f"input{place}" for place, each in enumerate(self.loaded["inputs"])}
        timed = runs is not None
        counts = runs or [1] * len(samples)
        with self.phone.folder() as place, tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
            given, taken = Path(scratch) / "given", Path(scratch) / "taken"
            given.mkdir()
            taken.mkdir()
            commands = []
            for number, (sample, count) in enumerate(zip(samples, counts, strict=True)):
                for index, values in sample.items():
                    (given / f"{number}-{names[index]}").write_bytes(np.ascontiguousarray(values).tobytes())
                commands.append(["echo", LAUNCH])
                commands.append(
                    self._pinned(
                        flags(
                            self.tool, self.model, threads=self.options.threads, runs=count, warm_up=warm_up,
                            shapes={name: sample[index].shape for index, name in names.items()},
                            files={name: f"{place}/given/{number}-{name}" for name in names.values()},
                            output=None if timed else f"{place}/taken/{number}", delegate=self.delegate,
                        )
                    )
                )  # fmt: skip
            self.phone.shell("mkdir", f"{place}/given", f"{place}/taken")
            self.phone.push_folder(given, f"{place}/given")
            told = self._run(place, commands)
            if timed:
                return [], told
            self.phone.pull_folder(f"{place}/taken", taken)
            return [self._outputs_of(taken / str(number), sample) for number, sample in enumerate(samples)], told

    def _run(self, place: str, commands: Sequence[Sequence[str]]) -> str:
        try:
            return self.phone.script(place, commands, what=NAME)
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
        data, place, found = file.read_bytes(), 0, {}
        ports = [
            (str(each["index"]), np.dtype(each["dtype"]), shape)
            for each, shape in zip(self.loaded["outputs"], self._shapes(sample), strict=True)
        ]
        wanted = sum(math.prod(shape) * dtype.itemsize for _, dtype, shape in ports)
        if wanted != len(data):
            raise SessionError(f"{self.phone.address}: {NAME} wrote {len(data)} bytes of outputs, not {wanted}")
        for name, dtype, shape in ports:
            size = math.prod(shape) * dtype.itemsize
            found[name] = np.frombuffer(data[place : place + size], dtype).reshape(shape)
            place += size
        return found

    def _shapes(self, sample: Mapping[str, Array]) -> list[list[int]]:
        """Return the shapes of the outputs for inputs of these sizes, as the interpreter here has them."""
        for each in self.loaded["inputs"]:
            if -1 in each["shape_signature"]:
                self.described.resize_tensor_input(each["index"], list(sample[str(each["index"])].shape))
        self.described.allocate_tensors()
        return [[int(size) for size in each["shape"]] for each in self.described.get_output_details()]

    def _state(self) -> dict[str, Any]:
        """Return the temperature in degrees Celsius and the clock in MHz, None where the phone does not tell."""
        found = {}
        for name, path in (("celsius", THERMAL), ("mhz", CLOCK)):
            with contextlib.suppress(ReachError, ValueError):  # most phones hide one or the other
                found[name] = int(self.phone.shell("cat", path)) / 1000
        return {"celsius": found.get("celsius"), "mhz": found.get("mhz"), "throttled": None}
