"""Arrays that go into a session, checked against what the model takes; and specs of files without a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import guessed_input, medium_of
from edgekit.contract.shape import Shape, shown_shape
from edgekit.errors import SessionError, nearest


def check_inputs(contract: Contract, inputs: Mapping[str, NDArray[Any]]) -> int:
    """Check the arrays of a batch against a contract and return the batch's size, as far as it has one.

    Raises:
        SessionError: An input is missing, unknown, or of the wrong shape.
    """
    specs = {spec.name: spec for spec in contract.inputs}
    if not specs:
        raise SessionError("the model has no inputs, so there is nothing to run")
    batches = set[int]()
    for name, array in inputs.items():
        spec = specs.get(name)
        if spec is None:
            raise SessionError(f"no input {name!r}{nearest(name, specs)} (the model has: {', '.join(specs)})")
        if not isinstance(array, np.ndarray):
            raise SessionError(
                f"input {name!r} is a {type(array).__name__}, the model takes an array {shown_shape(spec.shape)}"
            )
        refusal = medium_of(spec).refusal(spec, array.dtype)
        if refusal is not None:
            raise SessionError(f"input {name!r} {refusal}")
        if len(array.shape) != len(spec.shape) or any(
            want is not None and want != size for size, want in zip(array.shape[1:], spec.shape[1:], strict=True)
        ):
            raise SessionError(f"input {name!r} is {list(array.shape)}, the model takes {shown_shape(spec.shape)}")
        if not array.shape or array.shape[0] != spec.shape[0]:  # a fixed size need not be a batch
            batches.add(int(array.shape[0]) if array.shape else 1)
    missing = [name for name in specs if name not in inputs]
    if missing:
        raise SessionError(f"input {missing[0]!r} is missing")
    if contract.batched and (len(batches) > 1 or batches == {0}):
        raise SessionError(f"the inputs differ in their number of samples, or there are none: {sorted(batches)}")
    return batches.pop() if batches else next(iter(specs.values())).shape[0] or 1


def bare_input(name: str, dtype: str, shape: Shape) -> InputSpec:
    """Return the spec of an input that only a bare file describes."""
    return guessed_input(name, dtype, shape)


def bare_output(name: str, dtype: str, shape: Shape) -> OutputSpec:
    """Return the spec of an output that only a bare file describes."""
    return OutputSpec(name=name, meaning="tensor", dtype=dtype, shape=shape, key=name)


def single_dtype(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Return values in a dtype, without a copy where they have it; strings stay as they are."""
    if dtype == "string":
        return values
    return values if values.dtype == np.dtype(dtype) else values.astype(dtype)
