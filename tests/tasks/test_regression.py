from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.splits import DataSplit
from edgekit.data.targets import VALUES, array_targets
from edgekit.errors import DataError
from edgekit.tasks import regression as task

PLAIN = array_samples({"x": np.zeros([3, 1])})
VALUED = replace(PLAIN, targets=array_targets(VALUES, np.array([[1.0, 10], [2, 30], [3, 20]])))
SPEC = OutputSpec(name="y", meaning="regression", dtype="float32", shape=(None, 2), key="y", labels=("length", "mass"))
CONTRACT = Contract(inputs=(), outputs=(SPEC,))


def test_values_are_said_by_name() -> None:
    assert task.words([1.5, 20.25], CONTRACT, PLAIN).label == "length 1.5, mass 20.25"
    assert task.truth_words(VALUED, 1, CONTRACT) == "0 2, 1 30"
    assert task.prediction(np.array([1.5, 20.0]), SPEC, 1) == {"outputs": {"length": 1.5, "mass": 20.0}}


def test_the_error_needs_targets() -> None:
    assert (task.metric(VALUED), task.metric(PLAIN)) == ("nmae", "sqnr")


def test_a_head_needs_targets_that_vary() -> None:
    with pytest.raises(DataError, match=r"task = 'regression' needs .* a column target"):
        task.head_output(DataSplit(train=PLAIN, validation=PLAIN, held_out=PLAIN, role="validation"))
    constant = replace(PLAIN, targets=array_targets(VALUES, np.ones([3, 2])))
    with pytest.raises(DataError, match="does not vary"):
        task.head_output(DataSplit(train=VALUED, validation=constant, held_out=constant, role="validation"))
    assert task.head_output(DataSplit(train=VALUED, validation=VALUED, held_out=VALUED, role="validation")).shape == (
        None,
        2,
    )
