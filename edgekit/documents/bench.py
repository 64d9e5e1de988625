"""What ``edgekit bench --json`` prints: how long an artifact takes where it runs."""

from __future__ import annotations

from edgekit.documents.delegation import Delegation
from edgekit.documents.document import Document


class LatencySummary(Document, frozen=True, kw_only=True):
    """Times of single runs, in milliseconds.

    Attributes:
        min: The shortest.
        p50: The median.
        p90: The 90th percentile.
        p99: The 99th percentile.
        mean: The mean.
    """

    min: float
    p50: float
    p90: float
    p99: float
    mean: float


class DeviceState(Document, frozen=True, kw_only=True):
    """How a device is, as far as it tells.

    Attributes:
        celsius: Its temperature in degrees Celsius.
        mhz: Its clock in MHz.
        throttled: Whether it holds its clock down.
    """

    celsius: float | None
    mhz: float | None
    throttled: bool | None


class BenchReport(Document, frozen=True, kw_only=True):
    """How long an artifact takes, one sample at a time, on random input.

    Attributes:
        variant: The artifact.
        device: Where it ran.
        delegate: What accelerated it; null: the CPU ran it.
        threads: Threads of the runtime.
        cpus: Processors that it was held to; null: all.
        runs: Number of runs that count.
        runtime: What ran it.
        delegation: What the delegate ran of it.
        fallback: Why the delegate that was asked for ran nothing; null: it ran, or none was asked for.
        load_ms: Time to load it, in milliseconds.
        first_ms: Time of the first run, in milliseconds.
        latency_ms: Times of the runs that count.
        peak_rss_bytes: Peak memory of the whole process; null where the device does not tell.
        measured_on: The machine in words.
        before: How the device was before the runs.
        after: How it was behind them.
    """

    variant: str
    device: str
    delegate: str | None
    threads: int
    cpus: tuple[int, ...] | None
    runs: int
    runtime: str
    delegation: Delegation | None
    fallback: str | None
    load_ms: float
    first_ms: float
    latency_ms: LatencySummary
    peak_rss_bytes: int | None
    measured_on: str
    before: DeviceState
    after: DeviceState
