"""What a measurement says of the machine that it was made on."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from edgekit.system.machine import available_memory, machine, peak_memory
from edgekit.system.processes import ChildExecutor, cores


def growth(count: int) -> int:
    """Return by how much the peak rises when a process writes to as many bytes."""
    before = peak_memory()
    block = np.ones(count, np.uint8)
    after = peak_memory()
    assert before is not None
    assert after is not None
    assert block.nbytes == count
    return after - before


def test_the_peak_counts_what_is_touched_and_no_more() -> None:
    with ChildExecutor(1, fresh=True) as children:
        assert children.submit(growth, 64 << 20).result() > 60 << 20
        assert children.submit(growth, 0).result() < 8 << 20


def test_a_system_that_does_not_tell_gives_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert peak_memory() is None


def test_a_machine_is_its_architecture_and_its_cores() -> None:
    assert machine().startswith(f"{platform.machine()}, {cores()} cores")


@pytest.mark.parametrize(("limit", "expected"), [("max", 2048_000), ("1000000", 450_000), ("500000", 0)])
def test_a_container_may_use_what_its_limit_leaves(tmp_path: Path, limit: str, expected: int) -> None:
    files = {"proc/meminfo": "MemTotal: 9000 kB\nMemAvailable: 2000 kB\n"}
    files |= {"sys/fs/cgroup/memory.max": f"{limit}\n", "sys/fs/cgroup/memory.current": "600000\n"}
    files["sys/fs/cgroup/memory.stat"] = "anon 9\ninactive_file 50000\n"
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert available_memory(tmp_path) == expected


def test_a_system_that_does_not_tell_its_memory_has_no_number(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None
