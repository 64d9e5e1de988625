"""Stands in for Google's ``benchmark_model``, which is built for Android: its flags, its words, and real answers.

What it prints is in TensorFlow's ``tensorflow/lite/tools/benchmark``. The interpreter is the one that is installed.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import numpy as np

BOOLEANS = {
    "use_gpu",
    "use_nnapi",
    "use_xnnpack",
    "gpu_precision_loss_allowed",
    "disable_nnapi_cpu",
    "report_peak_memory_footprint",
}


def read_flags(words: list[str]) -> dict[str, str]:
    known = BOOLEANS | {
        "graph",
        "num_threads",
        "num_runs",
        "min_secs",
        "max_secs",
        "warmup_runs",
        "warmup_min_secs",
        "input_layer",
        "input_layer_shape",
        "input_layer_value_files",
        "output_filepath",
        "external_delegate_path",
        "external_delegate_options",
        "nnapi_accelerator_name",
    }
    found = {}
    for word in words:
        name, _, value = word.removeprefix("--").partition("=")
        if name not in known:
            fail(f"Unconsumed cmdline flags: {word}")
        found[name] = value
    return found


def say(text: str) -> None:
    sys.stderr.write(f"INFO: {text}\n")


def fail(text: str) -> None:
    sys.stderr.write(f"ERROR: {text}\nERROR: Benchmarking failed.\n")
    sys.exit(1)


def interpreters() -> Any:
    try:
        from tflite_runtime import interpreter
    except ImportError:
        from ai_edge_litert import interpreter
    return interpreter


def loaded(flags: dict[str, str]) -> Any:
    package, delegates = interpreters(), []
    if flags.get("external_delegate_path"):
        given = [pair for pair in flags.get("external_delegate_options", "").split(";") if pair]
        options = dict(pair.split(":", 1) for pair in given)
        try:
            delegates = [package.load_delegate(flags["external_delegate_path"], options)]
        except (OSError, ValueError) as error:
            fail(str(error).splitlines()[-1])
        say("EXTERNAL delegate created.")
    try:
        made = package.Interpreter(
            flags["graph"], num_threads=int(flags["num_threads"]), experimental_delegates=delegates or None
        )
    except (RuntimeError, ValueError) as error:
        fail(str(error).splitlines()[0])
    details = made._get_ops_details()
    own = [each for each in details if each["op_name"] != "DELEGATE"]
    if delegates:
        tell_delegation("EXTERNAL", len(own), details[len(own) :], own)
    made.allocate_tensors()
    details = made._get_ops_details()
    if flags.get("use_xnnpack") == "true":
        tell_delegation("XNNPACK", len(own), details[len(own) :], own)
    for name in ("gpu", "nnapi"):
        if flags.get(f"use_{name}") == "true":
            say(
                f"Though {name.upper()} delegate is explicitly applied, the model graph will not be executed by the "
                f"delegate."
            )
    return made


def tell_delegation(name: str, total: int, partitions: list[Any], own: list[Any]) -> None:
    makers = {int(tensor): each for each in own for tensor in each["outputs"]}
    taken = set()
    for partition in partitions:
        edges, waiting = set(map(int, partition["inputs"])), list(map(int, partition["outputs"]))
        while waiting:
            maker = makers.get(waiting.pop())
            if maker is not None and maker["index"] not in taken:
                taken.add(maker["index"])
                waiting += [int(tensor) for tensor in maker["inputs"] if int(tensor) not in edges]
    count = len(partitions)
    if taken:
        sys.stderr.write(
            f"VERBOSE: Replacing {len(taken)} out of {total} node(s) with delegate (TfLite{name.title()}"
            f"Delegate) node, yielding {count} partitions for the whole graph.\n"
        )
    if len(taken) == total and count == 1:
        say(f"Explicitly applied {name} delegate, and the model graph will be completely executed by the delegate.")
    elif taken:
        say(
            f"Explicitly applied {name} delegate, and the model graph will be partially executed by the delegate w/ "
            f"{count} delegate kernels."
        )
    else:
        say(f"Though {name} delegate is explicitly applied, the model graph will not be executed by the delegate.")


def feed(interpreter: Any, flags: dict[str, str]) -> None:
    names = flags["input_layer"].split(",")
    shapes = [[int(size) for size in shape.split(",")] for shape in flags["input_layer_shape"].split(":")]
    files = dict(pair.split(":", 1) for pair in flags["input_layer_value_files"].split(","))
    for detail, shape in zip(interpreter.get_input_details(), shapes):
        interpreter.resize_tensor_input(detail["index"], shape)
    interpreter.allocate_tensors()
    for detail, name, shape in zip(interpreter.get_input_details(), names, shapes):
        with open(files[name], "rb") as file:
            data = file.read()
        dtype = np.dtype(detail["dtype"])
        if len(data) != int(np.prod(shape)) * dtype.itemsize:
            fail(f"The input file {files[name]} has {len(data)} bytes")
        interpreter.set_tensor(detail["index"], np.frombuffer(data, dtype).reshape(shape))


def timed(interpreter: Any, count: int) -> list[int]:
    say(
        f"Running benchmark for at least {count} iterations and at least 0 seconds but terminate if exceeding 300 "
        f"seconds."
    )
    found = []
    for _ in range(count):
        started = time.perf_counter()
        try:
            interpreter.invoke()
        except RuntimeError as error:
            fail(str(error).splitlines()[0])
        found.append(int(1e6 * (time.perf_counter() - started)))
    say(statistics(found) + "\n")
    return found


def statistics(times: list[int]) -> str:
    if not times:
        return "count=0"
    p5, median, p95 = (int(value) for value in np.percentile(times, [5, 50, 95]))
    tail = f" p5={p5} median={median} p95={p95}"
    if min(times) == max(times):
        return f"count={len(times)} curr={times[-1]}" + ("(all same)" if len(times) > 1 else "") + tail
    return (
        f"count={len(times)} first={times[0]} curr={times[-1]} min={min(times)} max={max(times)} "
        f"avg={np.mean(times):.6g} std={int(np.std(times))}{tail}"
    )


def main() -> None:
    flags = read_flags(sys.argv[1:])
    say("STARTING!")
    say(f"Graph: [{flags['graph']}]")
    started = time.perf_counter()
    interpreter = loaded(flags)
    feed(interpreter, flags)
    ready = int(1e6 * (time.perf_counter() - started))
    say(f"Initialized session in {ready / 1e3}ms.")
    warm = timed(interpreter, int(flags["warmup_runs"]))
    runs = timed(interpreter, int(flags["num_runs"]))
    if flags.get("output_filepath"):
        with open(flags["output_filepath"], "wb") as file:
            for detail in interpreter.get_output_details():
                file.write(interpreter.get_tensor(detail["index"]).tobytes())
    say(
        f"Inference timings in us: Init: {ready}, First inference: {warm[0] if warm else 0}, Warmup (avg): "
        f"{np.mean(warm) if warm else 0:.6g}, Inference (avg): {np.mean(runs):.6g}"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"Memory footprint delta from the start of the tool (MB): init={peak / 2:.6g} overall={peak:.6g}")
    if flags.get("report_peak_memory_footprint") == "true":
        say(f"Overall peak memory footprint (MB) via periodic monitoring: {peak:.6g}")


if __name__ == "__main__":
    main()
