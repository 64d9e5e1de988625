"""Google's ``benchmark_model``: its flags, and what it prints, read strictly.

It times a model on a phone, takes inputs from files and writes outputs to one. What it prints is in its source,
``tensorflow/lite/tools/benchmark/benchmark_model.cc`` and ``benchmark_tflite_model.cc``; anything else is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgekit.documents.delegation import Delegation
from edgekit.errors import DelegateError, SessionError
from edgekit.system.printable import plain

WHERE_TO_GET = "https://ai.google.dev/edge/litert/models/measurement"
NAME = "benchmark_model"

MOST_RUNS = 2
"""Timed runs of one launch of which it prints each time, the first and the last; of more it prints percentiles only."""

_NUMBER = r"([\d.]+(?:e[+-]?\d+)?)"
_RUNS = re.compile(
    rf"count=(\d+) (?:first={_NUMBER} )?curr={_NUMBER}(?:\(all same\))?"
    r"(?: min=\S+ max=\S+ avg=\S+ std=\S+)?(?: p5=\S+ median=\S+ p95=\S+)?"
)
_TIMES = re.compile(
    rf"Inference timings in us: Init: {_NUMBER}, First inference: {_NUMBER}, "
    rf"Warmup \(avg\): {_NUMBER}, Inference \(avg\): {_NUMBER}"
)
_PEAK = re.compile(rf"Overall peak memory footprint \(MB\) via periodic monitoring: {_NUMBER}")
_APPLIED = re.compile(
    r"Explicitly applied (\w+) delegate, and the model graph will be (completely|partially) executed by the delegate"
    r"(?: w/ (\d+) delegate kernels)?\."
)
_NOT_APPLIED = re.compile(
    r"Though (\w+) delegate is explicitly applied, the model graph will not be executed by the delegate\."
)
_REPLACED = re.compile(r"Replacing (\d+) out of (\d+) node\(s\) with delegate \(([^)]*)\)")


@dataclass(frozen=True, kw_only=True)
class Times:
    """What a launch of the tool took, in milliseconds.

    Attributes:
        runs: Of each timed run.
        load: Until the model was ready.
        first: The first run.
        peak_bytes: Peak memory; None: the phone does not tell.
    """

    runs: tuple[float, ...]
    load: float
    first: float
    peak_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How the tool is started.

    Attributes:
        threads: Number of threads.
        runs: Number of runs that are timed; at most `MOST_RUNS` where each time is wanted.
        warm_up: Number of runs before them.
        shapes: Of the inputs, in the interpreter's order, by names that only this command uses.
        files: Where the values of the inputs are.
        output: Where the outputs of the last run go; None: nowhere.
        delegate: Flags of a delegate.
    """

    threads: int
    runs: int
    warm_up: int
    shapes: Mapping[str, Sequence[int]]
    files: Mapping[str, str]
    output: str | None
    delegate: Sequence[str] = ()

    def command(self, tool: str, model: str) -> list[str]:
        """Return the command line.

        Args:
            tool: Path of the tool.
            model: Path of the model.
        """
        shapes = [",".join(map(str, shape)) for shape in self.shapes.values()]
        files = [f"{name}:{path}" for name, path in self.files.items()]
        end = f"--output_filepath={self.output}" if self.output else "--report_peak_memory_footprint=true"
        return [
            tool,
            f"--graph={model}",
            f"--num_threads={self.threads}",
            f"--num_runs={self.runs}",
            "--min_secs=0",
            f"--warmup_runs={self.warm_up}",
            "--warmup_min_secs=0",
            "--max_secs=300",
            f"--input_layer={','.join(self.shapes)}",
            f"--input_layer_shape={':'.join(shapes)}",
            f"--input_layer_value_files={','.join(files)}",
            end,
            *self.delegate,
        ]


def read_times(text: str, runs: int) -> Times:
    """Read what a launch with one or two timed runs printed: of more it tells no single times.

    Raises:
        SessionError: Something is missing, or is not as it is known.
    """
    lines = [_bare(line) for line in text.splitlines()]
    counts = [match for line in lines if (match := _RUNS.fullmatch(line))]
    times = [match for line in lines if (match := _TIMES.fullmatch(line))]
    if not counts or len(times) != 1:
        raise _changed("no timings", text)
    count, first, current = counts[-1].groups()
    if int(count) != runs:
        raise _changed(f"{count} runs, where {runs} were asked for", text)
    peak = [match for line in lines if (match := _PEAK.fullmatch(line))]
    both = (first or current, current)  # it leaves the first out where all are the same
    return Times(
        runs=tuple(float(value) / 1e3 for value in both[-runs:]),
        load=float(times[0][1]) / 1e3,
        first=float(times[0][2]) / 1e3,
        peak_bytes=int(float(peak[0][1]) * (1 << 20)) if peak else None,
    )


def read_delegation(text: str, operators: int) -> Delegation:
    """Read what a delegate took, as the tool says it.

    Args:
        text: What it printed.
        operators: Number of operators in the file.

    Raises:
        DelegateError: The delegate took nothing.
        SessionError: It does not say.
    """
    lines = [_bare(line) for line in text.splitlines()]
    refused = next((line for line in lines if _NOT_APPLIED.fullmatch(line)), None)
    if refused is not None:
        raise DelegateError(f"{NAME} says: {refused}")
    applied = next((match for line in lines if (match := _APPLIED.fullmatch(line))), None)
    if applied is None:
        raise _changed("not whether the delegate was applied", text)
    replaced = next((match for line in lines if (match := _REPLACED.match(line))), None)
    if applied[2] == "completely":
        nodes, total, pieces = operators, operators, 1
    elif replaced is None or applied[3] is None:
        raise _changed("not how much the delegate took", text)
    else:
        nodes, total, pieces = int(replaced[1]), int(replaced[2]), int(applied[3])
    return Delegation(nodes=nodes, total=total, partitions=pieces, proof=f"{NAME} says: {plain(applied[0])}")


def _bare(line: str) -> str:
    """Return a line without what a logger puts before it."""
    return re.sub(r"^(?:(?:INFO|VERBOSE|WARNING|WARN|ERROR): |[VIWEF] tflite *: )", "", line.strip())


def _changed(what: str, text: str) -> SessionError:
    last = next((plain(line) for line in reversed(text.splitlines()) if plain(line)), "nothing")
    return SessionError(f"{NAME} told {what} in a way that is known; its last line was: {last}")
