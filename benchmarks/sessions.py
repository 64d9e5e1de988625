"""What a session adds to the bare interpreter."""

from __future__ import annotations

import statistics
import time

from benchmarks.figures import Figure
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert
from edgekit.inference.latency import random_inputs
from edgekit.inference.sessions import open_session

BLOCKS, RUNS = 40, 25


def measure(workload: Workload) -> list[Figure]:
    """Alternate blocks of runs of both, one thread, one sample at a time."""
    from ai_edge_litert.interpreter import Interpreter

    artifact = convert(workload.model, "tflite-fp32", out=workload.scratch / "parity")
    bare = Interpreter(model_path=str(artifact.file), num_threads=1)
    bare.allocate_tensors()
    inputs, outputs = bare.get_input_details()[0]["index"], bare.get_output_details()[0]["index"]
    with open_session(artifact, threads=1) as session:
        feeds = random_inputs(session.contract)
        value = next(iter(feeds.values()))

        def ours() -> float:
            started = time.perf_counter()
            for _ in range(RUNS):
                session.run(**feeds)
            return (time.perf_counter() - started) / RUNS

        def theirs() -> float:
            started = time.perf_counter()
            for _ in range(RUNS):
                bare.set_tensor(inputs, value)
                bare.invoke()
                bare.get_tensor(outputs)
            return (time.perf_counter() - started) / RUNS

        ours(), theirs()
        pairs = [(ours(), theirs()) for _ in range(BLOCKS)]
    ours_ms, bare_ms = (statistics.median(side) * 1e3 for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    parts = f"session.run {ours_ms:.3f} ms, set_tensor + invoke + get_tensor {bare_ms:.3f} ms"
    floor = f"one invoke, {value.nbytes / 1e3:.0f} kB copied in"
    return [Figure(name="session.run", goal=1.03, ratio=ratio, parts=parts, floor=floor)]
