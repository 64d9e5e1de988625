"""Batches: whatever reads samples answers arrays by input name, the batch on the first axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from tests.data.kinds import RAW, all_kinds


def problems(batch: Batch, contract: Contract, count: int) -> list[str]:
    """Return what is wrong with a batch of ``count`` samples."""
    names = [spec.name for spec in contract.inputs]
    if list(batch) != names:
        return [f"it has {list(batch)}, the contract {names}"]
    return [f"{name} has {len(array)} samples, not {count}" for name, array in batch.items() if len(array) != count]


@pytest.mark.parametrize("kind", ["arrays", "files", "fronted"])
@pytest.mark.parametrize(("start", "stop"), [(0, 4), (1, 3), (3, 4)])
def test_samples_of_every_kind_are_read_in_batches(kind: str, start: int, stop: int, tmp_path: Path) -> None:
    samples, contract = all_kinds(tmp_path)[kind]
    assert problems(samples.read(start, stop, contract), contract, stop - start) == []


def test_another_batch_is_noticed() -> None:
    assert problems({"x": np.zeros((3, 2))}, RAW, 4) == ["x has 3 samples, not 4"]
    assert problems({"y": np.zeros((4, 2))}, RAW, 4) == ["it has ['y'], the contract ['x']"]
    assert problems({"x": np.zeros((4, 2))}, RAW, 4) == []
