"""A plan of a bare file; what cannot be planned is refused before a delegate is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgekit.errors import EdgekitError
from edgekit.planning import plan


@pytest.mark.parametrize(("delegate", "delegated", "partitions"), [("nnapi", 5, 1), ("edgetpu", 0, 0)])
def test_it_counts_what_is_taken_and_its_partitions(
    delegate: str, delegated: int, partitions: int, sums: Path, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay.json"
    planned = plan(sums, delegate, overlay=overlay)
    assert (planned.delegated, planned.partitions) == (delegated, partitions)
    record = planned.to_json()
    assert (record["delegated"], record["total"]) == (delegated, 5)
    nodes = json.loads(overlay.read_text())["main"]["results"]
    values = [delegate if op.delegated else f"CPU: {op.reason}" for op in planned.ops]
    assert [nodes[op.name]["value"] for op in planned.ops] == values


@pytest.mark.parametrize("delegate", ["nnapy", "", "external", "../gpu"])
def test_what_is_no_delegate(delegate: str, sums: Path) -> None:
    with pytest.raises(EdgekitError, match=f"no plan for '{delegate}'.*there are: .*nnapi"):
        plan(sums, delegate)


def test_a_delegate_without_a_compiler_writes_no_model(sums: Path, tmp_path: Path) -> None:
    with pytest.raises(EdgekitError, match="nnapi compiles none"):
        plan(sums, "nnapi", out=tmp_path / "out.tflite")
    assert not list(tmp_path.iterdir())
