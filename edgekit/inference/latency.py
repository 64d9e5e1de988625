"""Latency: how long a model takes here, with the machine named, measured in a process of its own."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from msgspec.structs import asdict

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of
from edgekit.contract.planned_shapes import has_unknown_size
from edgekit.contract.shape import shown_shape
from edgekit.documents.bench import BenchReport
from edgekit.errors import EdgekitError, ModuleError
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.remote.interpreters import remote_model
from edgekit.remote.shim.facts import state
from edgekit.system.files import JsonObject
from edgekit.system.machine import machine, peak_memory
from edgekit.system.processes import ChildExecutor

WARM_UP = 5


SENTENCE = "the film is a long slow walk through one winter and yet nobody in the room looked at the clock"
"""What a text model is measured on: 20 words."""


def bench(
    artifact: Artifact | str | Path,
    *,
    placement: Placement | None = None,
    runs: int = 50,
) -> BenchReport:
    """Measure a model on this machine, or on a device: one sample at a time, on random input.

    Args:
        artifact: What is measured.
        placement: What runs it, and how; None: the preferred runtime on this machine, with one thread.
        runs: Number of runs that count, after a few that warm up.

    Returns:
        Latencies in milliseconds, memory in bytes (the peak of the whole process, interpreter and Python included),
        temperature in degrees Celsius and clock in MHz before and after, as far as the device tells them, what a
        delegate ran, and where it was measured.

    Raises:
        ArtifactError, SessionError, MissingExtraError: As for `open_session`.
        EdgekitError: ``runs`` or ``threads`` is not positive.
    """
    placement = placement or Placement()
    if runs < 1 or placement.threads < 1:
        raise EdgekitError("runs and threads have to be at least 1")
    loaded = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    with ChildExecutor(1, fresh=True) as executor:
        measured = executor.submit(_measure, loaded, placement, runs).result()
    return BenchReport.from_json(
        {
            "variant": loaded.name,
            "device": placement.device,
            "delegate": None if measured["fallback"] else placement.delegate,
            "threads": placement.threads,
            "cpus": placement.cpus,
            "runs": runs,
            **measured,
        }
    )


def _measure(artifact: Artifact, placement: Placement, runs: int) -> JsonObject:
    """Return what a report of latency holds of the runs; the process that asked adds what it asked."""
    started = time.perf_counter()
    with open_session(artifact, **asdict(placement)) as session:
        loaded = time.perf_counter()
        feeds = random_inputs(session.contract)
        session.run(**feeds)
        first = time.perf_counter()
        facts = {
            "runtime": session.runtime,
            "delegation": None if session.delegation is None else asdict(session.delegation),
            "fallback": session.fallback,
            "load_ms": (loaded - started) * 1e3,
            "first_ms": (first - loaded) * 1e3,
        }
        remote = remote_model(session)
        if remote is not None:  # it has its inputs: only its own time counts, not that of the way
            return {**facts, **_summary(remote.bench(runs, WARM_UP))}
        for _ in range(min(WARM_UP, runs)):
            session.run(**feeds)
        times, state_before = [], state()
        for _ in range(runs):
            before = time.perf_counter()
            session.run(**feeds)
            times.append((time.perf_counter() - before) * 1e3)
    measured = {
        "times_ms": times,
        "peak_rss_bytes": peak_memory(),
        "measured_on": machine(),
        "before": state_before,
        "after": state(),
    }
    return {**facts, **_summary(measured)}


def _summary(measured: JsonObject) -> JsonObject:
    """Return the percentiles of the times in milliseconds, and the rest as it is."""
    times = np.asarray(measured.pop("times_ms"))
    p50, p90, p99 = (float(value) for value in np.percentile(times, [50, 90, 99]))
    latency = {"min": float(times.min()), "p50": p50, "p90": p90, "p99": p99, "mean": float(times.mean())}
    return {"latency_ms": latency, **measured}


def random_inputs(contract: Contract) -> Batch:
    """Return one random sample: values of an image's range, or of [0, 1), or `SENTENCE`; free sizes are 1.

    Raises:
        ModuleError: The size of photos is free, and nobody says which; of another size the time would be another.
    """
    generator = np.random.default_rng(0)
    inputs = {}
    for spec in contract.inputs:
        if spec.dtype == "string":
            inputs[spec.name] = np.full([size or 1 for size in spec.shape], SENTENCE.encode(), object)
            continue
        medium = medium_of(spec)
        shape = medium.planned_shape(spec)
        if has_unknown_size(spec):
            raise ModuleError(
                f"input {spec.name!r} takes {medium.plural} of any size {shown_shape(shape)}, and how long it takes "
                f"depends on it: say which, by size = [HEIGHT, WIDTH] in the recipe",
                input=spec.name,
                setting="size",
            )
        low, high = medium.values(spec)
        values = generator.uniform(low, high, [size or 1 for size in shape])
        inputs[spec.name] = values.astype("float32" if spec.quantization else spec.dtype)
    return inputs
