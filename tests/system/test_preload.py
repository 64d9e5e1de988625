"""The fork server imports what conversions need, so that each child finds it done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgekit.system.processes import ChildExecutor

ROOT = Path(__file__).parent.parent.parent
ASK = "from tests.system.test_preload import child_has; print(child_has('tensorflow'))"
PRELOAD = "from edgekit.system.processes import preload; preload('edgekit.system.preload'); "


def imported(name: str) -> bool:
    return name in sys.modules


def child_has(name: str) -> bool:
    with ChildExecutor(1) as children:
        return children.submit(imported, name).result()


@pytest.mark.parametrize(("code", "expected"), [(PRELOAD + ASK, "True"), (ASK, "False")])
def test_a_child_finds_what_was_preloaded(code: str, expected: str) -> None:
    """In a process of its own: one fork server serves all tests of this one, whoever started it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # a command's children import nothing from where it runs
    command = [sys.executable, "-c", code]
    completed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert completed.stdout.strip() == expected, completed.stderr
