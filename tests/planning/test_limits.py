"""Each limit of the tables lets one operator through and not its twin."""

from __future__ import annotations

import pytest

from edgekit.formats.tflite.operators import Operator
from edgekit.planning.limits import LARGEST_SCALE, LARGEST_SOFTMAX, LIMITS
from tests.planning.operators import operator, tensor

WEIGHTS = tensor(4, 4, constant=True)
TWINS: dict[str, tuple[Operator, Operator]] = {
    "no activation": (operator(fusedActivationFunction=0), operator(fusedActivationFunction=1)),
    "no activation on integers": (
        operator(tensor(1, 4, dtype="FLOAT32"), fusedActivationFunction=1),
        operator(tensor(1, 4, dtype="INT32"), fusedActivationFunction=1),
    ),
    "not over the batch": (operator(axis=1), operator(axis=-2)),
    "constant weights": (operator(tensor(1, 4), WEIGHTS, WEIGHTS), operator(tensor(1, 4), WEIGHTS, tensor(4))),
    "constant size and weights": (operator(WEIGHTS, WEIGHTS, tensor(1, 4)), operator(tensor(4), WEIGHTS, tensor(1, 4))),
    "constant second": (operator(tensor(1, 4), WEIGHTS), operator(tensor(1, 4))),
    "with a bias": (operator(tensor(1, 4), WEIGHTS, tensor(4, constant=True)), operator(tensor(1, 4), WEIGHTS)),
    "no integers out": (operator(), operator(out=tensor(1, 4, dtype="INT16"))),
    "one dilation": (operator(dilationHFactor=2, dilationWFactor=2), operator(dilationHFactor=2)),
    "a vector out": (operator(out=tensor(1, 1, 4)), operator(out=tensor(None, 4))),
    "over height and width": (
        operator(tensor(1, 5, 5, 4)),
        operator(tensor(1, 5, 5, 4), out=tensor(1, 5, 5)),
    ),
    "same steps": (
        operator(tensor(1, 4, steps=(0.5, 3)), out=tensor(1, 4, steps=(0.5, 3))),
        operator(tensor(1, 4, steps=(0.5, 3)), out=tensor(1, 4, steps=(0.5, 4))),
    ),
    "at most four axes": (operator(tensor(1, 2, 3, 4)), operator(tensor(1, 2, 3, 4), tensor(1, 1, 1, 1, 1))),
    "small resize": (
        operator(tensor(1, 4, 4, 3), out=tensor(1, 4 * LARGEST_SCALE, 4, 3)),
        operator(tensor(1, 4 * LARGEST_SCALE + 1, 4, 3), out=tensor(1, 4, 4, 3)),
    ),
    "at most 16,000": (operator(tensor(1, LARGEST_SOFTMAX)), operator(tensor(1, LARGEST_SOFTMAX + 1))),
    "strides of one": (operator(ellipsisMask=0), operator(newAxisMask=1)),
}


def test_each_limit_has_its_twins() -> None:
    assert set(TWINS) == set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_one_is_taken_and_its_twin_is_not(name: str) -> None:
    meets, reason, fix = LIMITS[name]
    fitting, unfitting = TWINS[name]
    assert meets(fitting)
    assert not meets(unfitting)
    assert reason
    assert fix
