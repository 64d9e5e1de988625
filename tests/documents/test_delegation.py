from __future__ import annotations

import subprocess
import sys

import pytest

from edgekit.documents.delegation import Delegation


def test_it_is_a_value() -> None:
    delegation = Delegation(nodes=8, total=9, partitions=None, proof="the interpreter's list")
    assert delegation == Delegation(nodes=8, total=9, partitions=None, proof="the interpreter's list")
    with pytest.raises(AttributeError):
        delegation.nodes = 9  # type: ignore[misc]


@pytest.mark.parametrize(("module", "loads"), [("inference.prediction", "False"), ("documents.bench", "True")])
def test_predicting_waits_for_no_other_document(module: str, loads: str) -> None:
    code = f"import sys, edgekit.{module}; print('edgekit.documents.document' in sys.modules)"
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert completed.stdout.strip() == loads
