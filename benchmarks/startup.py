"""How soon the command line answers."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures import Figure, alternate
from benchmarks.workload import Workload

PAIRS = 15


def measure(workload: Workload) -> list[Figure]:
    """Time both as whole processes, in turn."""
    edgekit = Path(sys.executable).with_name("edgekit")

    def timed(*command: str) -> float:
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=workload.scratch)
        return time.perf_counter() - started

    left, right, ratio = alternate(
        lambda: timed(str(edgekit), "--help"), lambda: timed(sys.executable, "-c", "import numpy"), pairs=PAIRS
    )
    parts = f"edgekit --help {left * 1e3:.0f} ms, import numpy {right * 1e3:.0f} ms"
    return [Figure(name="edgekit --help", goal=1.0, ratio=ratio, parts=parts, floor="starting Python")]
