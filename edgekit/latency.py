"""Latency: how long a model takes here, with the machine named, measured in a process of its own."""

from __future__ import annotations

import functools
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.adapters import Batch
from edgekit.artifacts import Artifact, load_artifact
from edgekit.contract import Contract
from edgekit.errors import EdgekitError
from edgekit.sessions import open_session
from edgekit.workers import ChildExecutor, cores

WARM_UP = 5


SENTENCE = "the film is a long slow walk through one winter and yet nobody in the room looked at the clock"
"""What a text model is measured on: 20 words."""


def bench(
    artifact: Artifact | str | Path,
    *,
    runtime: str | None = None,
    delegate: str | None = None,
    threads: int = 1,
    runs: int = 50,
) -> dict[str, Any]:
    """Measure a model on this machine: one sample at a time, on random input.

    Returns:
        What ``edgekit bench --json`` prints: latencies in milliseconds, memory in bytes (the peak of the whole process,
        interpreter and Python included), and where it was measured.

    Raises:
        ArtifactError, SessionError, MissingExtraError: As for `open_session`.
        EdgekitError: ``runs`` or ``threads`` is not positive.
    """
    if runs < 1 or threads < 1:
        raise EdgekitError("runs and threads have to be at least 1")
    loaded = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    with ChildExecutor(1, fresh=True) as executor:
        measured = executor.submit(_measure, loaded, runtime, delegate, threads, runs).result()
    return {
        "variant": loaded.name,
        "device": "host",
        "delegate": delegate,
        "threads": threads,
        "runs": runs,
        **measured,
        "measured_on": machine(),
    }


def _measure(artifact: Artifact, runtime: str | None, delegate: str | None, threads: int, runs: int) -> dict[str, Any]:
    started = time.perf_counter()
    with open_session(artifact, runtime=runtime, delegate=delegate, threads=threads) as session:
        loaded = time.perf_counter()
        feeds = random_inputs(session.contract)
        session.run(**feeds)
        first = time.perf_counter()
        for _ in range(min(WARM_UP, runs)):
            session.run(**feeds)
        times = np.empty(runs)
        for index in range(runs):
            before = time.perf_counter()
            session.run(**feeds)
            times[index] = time.perf_counter() - before
        name = session.runtime
    p50, p90, p99 = np.percentile(times * 1e3, [50, 90, 99])
    return {
        "runtime": name,
        "latency_ms": {
            "min": float(times.min() * 1e3),
            "p50": float(p50),
            "p90": float(p90),
            "p99": float(p99),
            "mean": float(times.mean() * 1e3),
        },
        "load_ms": (loaded - started) * 1e3,
        "first_ms": (first - loaded) * 1e3,
        "peak_rss_bytes": peak_memory(),
    }


def random_inputs(contract: Contract) -> Batch:
    """Return one random sample: values of an image's range, or of [0, 1), or `SENTENCE`; free sizes are 1."""
    generator = np.random.default_rng(0)
    made = {}
    for spec in contract.inputs:
        if spec.dtype == "string":
            made[spec.name] = np.full([size or 1 for size in spec.shape], SENTENCE.encode(), object)
            continue
        low, high = spec.range or (0.0, 1.0)
        values = generator.uniform(low, high, [size or 1 for size in spec.shape])
        made[spec.name] = values.astype("float32" if spec.quantization else spec.dtype)
    return made


def peak_memory() -> int | None:
    """Return the peak resident memory of this process in bytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


@functools.cache
def machine() -> str:
    """Return what this machine is, in words: architecture, cores, processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    wanted = ("model name", "Model", "Hardware")
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith(wanted)), platform.processor())
    return ", ".join(part for part in (platform.machine(), f"{cores()} cores", name) if part)
