"""Commands that run at a time, in processes of their own, all come into the report of a run."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import shutil
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Self

import pytest

from edgekit.documents.bench import BenchReport
from edgekit.documents.run import RunReport
from edgekit.models.artifact import load_artifact
from edgekit.report import refresh
from edgekit.report.refresh import keep_latency

VARIANTS = ("tflite-fp32", "tflite-int8")


@pytest.fixture
def copied(demo_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_run, tmp_path / "run", symlinks=True)
    for file in (tmp_path / "run" / ".edgekit").glob("device-*"):
        file.unlink()  # of another test
    return tmp_path / "run"


def latency(variant: str, device: str) -> BenchReport:
    state = {"celsius": None, "mhz": None, "throttled": None}
    return BenchReport.from_json(
        {
            "variant": variant,
            "device": device,
            "delegate": None,
            "threads": 1,
            "cpus": None,
            "runs": 3,
            "runtime": "litert",
            "delegation": None,
            "fallback": None,
            "load_ms": 1.0,
            "first_ms": 1.0,
            "latency_ms": {"min": 1.0, "p50": 1.0, "p90": 1.0, "p99": 1.0, "mean": 1.0},
            "peak_rss_bytes": None,
            "measured_on": "a lab",
            "before": state,
            "after": state,
        }
    )


def keep(run: Path, variant: str, barrier: Barrier, locked: bool) -> None:
    """Keep a latency, as a command does that another one runs beside; both begin at once."""
    if not locked:
        vars(refresh).update(report_lock=no_lock, RunReport=reads_with(barrier))
    artifact = load_artifact(run / "artifacts" / variant)
    import matplotlib  # noqa: F401 - neither waits for imports while it holds the report
    import scipy.optimize  # noqa: F401

    barrier.wait(60)
    keep_latency(artifact, latency(variant, "ssh://lab"))


def reads_with(barrier: Barrier) -> type[RunReport]:
    """Return a report that is only read when the other command reads it too: then one writes over the other."""

    class Both(RunReport, frozen=True, kw_only=True):
        @classmethod
        def load(cls, path: Path) -> Self:
            report = super().load(path)
            barrier.wait(60)
            return report

    return Both


@contextlib.contextmanager
def no_lock(run: Path) -> Iterator[None]:
    yield


def kept_by_two(run: Path, *, locked: bool) -> int:
    """Return how many of two commands are in the report after both have ended."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    processes = [context.Process(target=keep, args=(run, variant, barrier, locked)) for variant in VARIANTS]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    document = json.loads((run / "report.json").read_text())
    devices = [entry["devices"] for entry in document["artifacts"] if entry["variant"] in VARIANTS]
    return sum("a lab" in json.dumps(entries) for entries in devices)  # other tests may have kept other devices


def test_two_commands_at_a_time_are_both_in_the_report(copied: Path) -> None:
    assert kept_by_two(copied, locked=True) == 2


def test_without_the_lock_one_is_lost(copied: Path) -> None:
    assert kept_by_two(copied, locked=False) == 1


def test_what_is_measured_later_stands_beside_what_was(copied: Path) -> None:
    artifact = load_artifact(copied / "artifacts" / "tflite-fp32")
    for device in ("ssh://lab", "ssh://other", "ssh://lab"):
        keep_latency(artifact, latency("tflite-fp32", device))
    document = json.loads((copied / "report.json").read_text())
    (entry,) = (entry for entry in document["artifacts"] if entry["variant"] == "tflite-fp32")
    assert {device["device"] for device in entry["devices"]} == {"ssh://lab", "ssh://other"}
    assert len(entry["devices"]) == 2
