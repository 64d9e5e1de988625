from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.target_outputs import target_output, targets_of
from edgekit.data.targets import LABELS, VALUES, array_targets
from edgekit.errors import DataError

VALUED = replace(array_samples({"x": np.zeros([2, 1])}), targets=array_targets(VALUES, np.array([[1.0, 2], [3, 4]])))


def contract(*outputs: tuple[str, int]) -> Contract:
    specs = [
        OutputSpec(name=f"y{index}", meaning=meaning, dtype="float32", shape=(None, size), key=f"y{index}")
        for index, (meaning, size) in enumerate(outputs)
    ]
    return Contract(inputs=(), outputs=tuple(specs))


def test_targets_of_another_kind_are_none() -> None:
    assert targets_of(VALUED, LABELS) is None
    assert targets_of(VALUED, VALUES) is VALUED.targets


@pytest.mark.parametrize(
    ("outputs", "name"),
    [
        ([("tensor", 2)], "y0"),
        ([("tensor", 3), ("tensor", 2)], "y1"),
        ([("tensor", 2), ("tensor", 2)], None),
        ([("embedding", 2)], None),
        ([("tensor", 2), ("regression", 2)], "y1"),
    ],
)
def test_the_contract_says_it_or_the_size(outputs: list[tuple[str, int]], name: str | None) -> None:
    spec = target_output(contract(*outputs), VALUED, meaning="regression", kind=VALUES)
    assert (None if spec is None else spec.name) == name


def test_another_size_is_refused() -> None:
    with pytest.raises(DataError, match=r"the data has 2 values .*, the model's output 'y0' has 3"):
        target_output(contract(("regression", 3)), VALUED, meaning="regression", kind=VALUES)
