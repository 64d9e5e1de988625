"""What is right is told by dtype and values, as Keras' losses read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.data.in_memory.truth import truth_of

CLASSIFIER = Contract(
    inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),),
    outputs=(OutputSpec(name="y", meaning="probabilities", dtype="float32", shape=(None, 3), key="y"),),
)


@pytest.mark.parametrize(
    "array", [np.array([2, 0, 1]), np.array([[2], [0], [1]]), np.eye(3)[[2, 0, 1]], np.array(["c", "a", "b"])]
)
def test_one_class_each(array: Any) -> None:
    truth = truth_of(array)
    assert truth.labels == (2, 0, 1)
    assert truth.targets is None
    assert truth.classes == (("a", "b", "c") if array.dtype.kind == "U" else None)


def test_whole_numbers_in_floats_are_classes_of_a_classifier_alone() -> None:
    assert truth_of(np.array([2.0, 0.0]), CLASSIFIER).labels == (2, 0)
    assert truth_of(np.array([2.0, 0.5]), CLASSIFIER).labels is None
    targets = truth_of(np.array([2.0, 0.0])).targets
    assert targets is not None
    assert targets.kind == "values"


@pytest.mark.parametrize(("array", "kind"), [([[1, 1, 0], [0, 0, 0]], "labels"), ([[0.5, 2], [1, 3]], "values")])
def test_several_labels_or_values(array: Any, kind: str) -> None:
    targets = truth_of(np.array(array)).targets
    assert targets is not None
    assert targets.kind == kind
    assert targets.array().tolist() == array
