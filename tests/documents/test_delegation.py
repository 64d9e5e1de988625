from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from edgekit.documents.delegation import Delegation


def test_it_is_a_value() -> None:
    delegation = Delegation(nodes=8, total=9, partitions=None, proof="the interpreter's list")
    assert delegation == Delegation(nodes=8, total=9, partitions=None, proof="the interpreter's list")
    with pytest.raises(dataclasses.FrozenInstanceError):
        delegation.nodes = 9  # type: ignore[misc]


@pytest.mark.parametrize(("module", "loads"), [("delegation", "False"), ("bench", "True")])
def test_it_does_not_wait_for_msgspec(module: str, loads: str) -> None:
    code = f"import sys, edgekit.documents.{module}; print('msgspec' in sys.modules)"
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert completed.stdout.strip() == loads
