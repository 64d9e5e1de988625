from __future__ import annotations

from typing import Any

import pytest

from edgekit.documents.bench import BenchReport
from edgekit.errors import OutputError

STATE = {"celsius": 41.5, "mhz": None, "throttled": False}
BENCH: dict[str, Any] = {
    "variant": "tflite-int8",
    "device": "ssh:pi@pi",
    "delegate": "gpu",
    "threads": 2,
    "cpus": [0, 1],
    "runs": 50,
    "runtime": "litert",
    "delegation": {"nodes": 8, "total": 9, "partitions": None, "proof": "its list"},
    "fallback": None,
    "load_ms": 3.0,
    "first_ms": 2.0,
    "latency_ms": {"min": 1.0, "p50": 1.1, "p90": 1.2, "p99": 1.3, "mean": 1.15},
    "peak_rss_bytes": None,
    "measured_on": "aarch64",
    "before": STATE,
    "after": STATE,
}


def test_what_was_printed_is_read_back() -> None:
    report = BenchReport.from_json(BENCH)
    assert report.latency_ms.p99 == 1.3
    assert report.delegation is not None
    assert report.delegation.nodes == 8
    document = report.to_json()
    assert list(document) == list(BENCH)
    assert document == {**BENCH, "cpus": (0, 1)}


@pytest.mark.parametrize("key", ["p50", "p90", "p99", "min", "mean"])
def test_no_time_may_be_missing(key: str) -> None:
    times = {name: ms for name, ms in BENCH["latency_ms"].items() if name != key}
    with pytest.raises(OutputError, match=key):
        BenchReport.from_json({**BENCH, "latency_ms": times})


def test_a_time_is_a_number() -> None:
    with pytest.raises(OutputError, match="load_ms"):
        BenchReport.from_json({**BENCH, "load_ms": "3 ms"})
