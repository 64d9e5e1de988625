"""``python -m benchmarks [NAME ...]``: run all benchmarks, or some; exit code 1 if a goal is missed."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.workload import Workload
from edgekit.system.machine import machine

NAMES = (
    "startup",
    "sessions",
    "front_ends",
    "parity_time",
    "parity_memory",
    "quality",
    "variants",
    "large_models",
    "compression",
    "debugging",
    "devices",
    "shipping",
    "search_found",
    "search",
)


def main() -> int:
    """Run and print the benchmarks."""
    names = sys.argv[1:] or list(NAMES)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.stderr.write(f"no benchmark {unknown[0]!r}; there are: {', '.join(NAMES)}\n")
        return 2
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    sys.stdout.write(f"measured on {machine()}; ratios below 1 favour edgekit\n")
    with tempfile.TemporaryDirectory(prefix="edgekit-bench-") as folder:
        workload = Workload(Path(folder))
        if workload.material is None:
            sys.stdout.write("no material: measured on the demo's model instead of the flowers model\n")
        figures = [figure for name in names for figure in _measured(name, workload)]
    return 0 if all(figure.met for figure in figures) else 1


def _measured(name: str, workload: Workload) -> list[Figure]:
    figures = []
    for figure in importlib.import_module(f"benchmarks.{name}").measure(workload):
        figure.show()  # at once: some take half an hour
        figures.append(figure)
    return figures


if __name__ == "__main__":
    sys.exit(main())
