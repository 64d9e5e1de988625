"""Arrays are checked against what a model takes before it gets them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec
from edgekit.errors import SessionError
from edgekit.inference.arrays import bare_input, bare_output, check_inputs, single_dtype


def contract(**shapes: tuple[int | None, ...]) -> Contract:
    specs = [
        InputSpec.of("tensor", name=name, dtype="float32", shape=shape, key=name) for name, shape in shapes.items()
    ]
    return Contract(inputs=tuple(specs), outputs=())


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


TWO = contract(x=(None, 4), y=(None, 2))


def test_the_size_of_the_batch() -> None:
    assert check_inputs(TWO, {"x": zeros(3, 4), "y": zeros(3, 2)}) == 3
    assert check_inputs(contract(x=(2, 4)), {"x": zeros(2, 4)}) == 2
    assert check_inputs(contract(x=(1, 4)), {"x": zeros(5, 4)}) == 5
    assert check_inputs(contract(x=(None, None)), {"x": np.full((1, 7), np.nan, np.float32)}) == 1


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "input 'x' is missing"),
        ({"x": zeros(3, 4)}, "input 'y' is missing"),
        ({"x": zeros(3, 4), "y": zeros(3, 2), "z": zeros(3)}, r"no input 'z'.*the model has: x, y"),
        ({"x": [[0.0] * 4], "y": zeros(1, 2)}, "input 'x' is a list, the model takes an array"),
        ({"x": zeros(3, 5), "y": zeros(3, 2)}, r"input 'x' is \[3, 5\], the model takes"),
        ({"x": zeros(3, 4, 1), "y": zeros(3, 2)}, r"input 'x' is \[3, 4, 1\]"),
        ({"x": zeros(), "y": zeros(3, 2)}, r"input 'x' is \[\]"),
        ({"x": zeros(3, 4), "y": zeros(2, 2)}, r"differ in their number of samples.*\[2, 3\]"),
        ({"x": zeros(0, 4), "y": zeros(0, 2)}, r"or there are none: \[0\]"),
    ],
)
def test_what_is_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(SessionError, match=message):
        check_inputs(TWO, inputs)


def test_pixels_that_were_not_scaled() -> None:
    image = InputSpec.of("image", name="photo", dtype="float32", shape=(None, 2, 2, 3), key="photo", range=(0.0, 1.0))
    photos = Contract(inputs=(image,), outputs=())
    assert check_inputs(photos, {"photo": zeros(1, 2, 2, 3)}) == 1
    with pytest.raises(SessionError, match=r"input 'photo' is uint8, .*: scale the pixels first"):
        check_inputs(photos, {"photo": np.zeros((1, 2, 2, 3), np.uint8)})


def test_a_model_without_inputs() -> None:
    with pytest.raises(SessionError, match="the model has no inputs"):
        check_inputs(contract(), {})


def test_specs_of_a_file_without_a_contract() -> None:
    assert bare_input("x", "float32", (None, 7)).shape == (None, 7)
    output = bare_output("y", "int8", (1, 2))
    assert (output.name, output.key, output.meaning, output.dtype) == ("y", "y", "tensor", "int8")


def test_a_dtype_without_a_copy_where_it_is_so_already() -> None:
    values = zeros(2)
    assert single_dtype(values, "float32") is values
    assert single_dtype(values, "int8").dtype == np.int8
    texts = np.array([b"a"], object)
    assert single_dtype(texts, "string") is texts
