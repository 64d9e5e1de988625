"""Sizes are fixed as the batch, the model and the settings say; what each sample may change is refused."""

from __future__ import annotations

from typing import Any

import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.planned_shapes import planned_shapes, with_fixed_sizes
from edgekit.errors import ConversionError


def contract(*shape: int | None, kind: str = "tensor", batched: bool = True, **settings: Any) -> Contract:
    source = InputSpec.of(kind, name="x", dtype="float32", shape=shape, key="x", **settings)
    target = OutputSpec(name="y", meaning="tensor", dtype="float32", shape=(None, 2), key="y")
    return Contract(inputs=(source,), outputs=(target,), batched=batched)


@pytest.mark.parametrize(
    ("model", "batch", "shape"),
    [
        (contract(None, 4), None, (1, 4)),
        (contract(None, 4), 3, (3, 4)),
        (contract(2, 4), None, (2, 4)),
        (contract(2, 4), 2, (2, 4)),
        (contract(), None, ()),
        (contract(None, None, None, 3, kind="image", size=[8, 6]), 2, (2, 8, 6, 3)),
        (contract(None, 5, None, 3, kind="image", size=[5, 6]), None, (1, 5, 6, 3)),
        (contract(None, 4, batched=False), 1, (1, 4)),
    ],
)
def test_sizes_are_fixed(model: Contract, batch: int | None, shape: tuple[int, ...]) -> None:
    assert planned_shapes(model, batch, "tflite-int8full") == {"x": shape}


@pytest.mark.parametrize(
    ("model", "batch", "message"),
    [
        (contract(None, None), None, r"tflite-int8full needs fixed sizes, and 'x' is \[\?, \?\]"),
        (contract(None, None, None, 3, kind="image"), 1, "say the size of photos"),
        (contract(2, 4), 3, "the batch of 'x' is 2 in the model itself"),
        (contract(None, 4, batched=False), 2, "one sample at a time"),
    ],
)
def test_what_cannot_be_fixed(model: Contract, batch: int | None, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        planned_shapes(model, batch, "tflite-int8full")


def test_a_contract_with_the_shapes_of_a_file() -> None:
    fixed = with_fixed_sizes(contract(None, 4), {"x": (2, 4)}, {"y": (2, 2)})
    assert (fixed.inputs[0].shape, fixed.outputs[0].shape) == ((2, 4), (2, 2))
    assert with_fixed_sizes(contract(None, 4), {"x": (2, 4)}, {}).outputs[0].shape == (None, 2)
