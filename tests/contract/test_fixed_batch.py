"""A fixed batch is told by the contract, filled up with the last sample, and answers one row for each sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.fixed_batch import filled_up, fixed_batch, in_fixed_batches
from edgekit.contract.shape import Shape
from edgekit.errors import SessionError

X = np.arange(10, dtype=np.float32).reshape(5, 2)


def contract(*inputs: Shape, output: Shape = (None, 3), batched: bool = True) -> Contract:
    return Contract(
        inputs=tuple(
            InputSpec.of("tensor", name=f"x{index}", dtype="float32", shape=shape, key=f"x{index}")
            for index, shape in enumerate(inputs)
        ),
        outputs=(OutputSpec(name="y", meaning="tensor", dtype="float32", shape=output, key="y"),),
        batched=batched,
    )


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (contract((None, 2)), None),
        (contract((1, 2)), 1),
        (contract((4, 2), output=(4, 3)), 4),
        (contract((4, 2), (4, 7), output=(4, 3)), 4),
        (contract((4, 2), (1, 7), output=(4, 3)), None),
        (contract((16000,), output=(None, 3)), None),  # one sound
        (contract((), output=()), None),
        (contract((4, 2), output=(4, 3), batched=False), None),  # patches of one sound
    ],
)
def test_the_contract_tells(model: Contract, size: int | None) -> None:
    assert fixed_batch(model) == size


@pytest.mark.parametrize("size", [None, 1, 2, 4, 5, 8])
def test_every_sample_gets_its_row(size: int | None) -> None:
    sizes = []

    def run(batch: Any) -> Any:
        sizes.append(len(batch["x"]))
        return {"y": 2 * batch["x"]}

    np.testing.assert_array_equal(in_fixed_batches(size, {"x": X}, run)["y"], 2 * X)
    assert set(sizes) == {size or len(X)}


def test_the_last_sample_fills_up() -> None:
    assert filled_up({"x": X[:2]}, 4)["x"].tolist() == [[0, 1], [2, 3], [2, 3], [2, 3]]
    assert filled_up({"x": X}, 4)["x"] is X


@pytest.mark.parametrize("answer", [np.ones((), np.float32), np.zeros(3, np.float32)])
def test_what_has_no_row_per_sample_is_refused(answer: Any) -> None:
    with pytest.raises(SessionError, match="output 'y' has no row per sample, so 5 samples cannot fill batches of 4"):
        in_fixed_batches(4, {"x": X}, lambda batch: {"y": answer})
    with pytest.raises(SessionError, match="output 'y' is one number for a batch of 1"):
        in_fixed_batches(1, {"x": X}, lambda batch: {"y": np.ones((), np.float32)})
