"""What the commands print for people."""

from __future__ import annotations

from edgekit.shown.devices import device, devices, doctor, plan
from edgekit.shown.findings import diagnosis, search
from edgekit.shown.measured import latencies, latency, parities, parity
from edgekit.shown.runs import conversions, inspection, run
from edgekit.shown.text import lines

__all__ = [
    "conversions", "device", "devices", "diagnosis", "doctor", "inspection", "latencies", "latency", "lines",
    "parities", "parity", "plan", "run", "search",
]  # fmt: skip
