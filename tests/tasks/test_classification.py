from __future__ import annotations

import numpy as np
import pytest

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.splits import DataSplit
from edgekit.errors import DataError
from edgekit.tasks import classification as task


def contract(meaning: str = "probabilities", labels: tuple[str, ...] | None = None) -> Contract:
    spec = OutputSpec(name="y", meaning=meaning, dtype="float32", shape=(None, 3), key="y", labels=labels)
    return Contract(inputs=(), outputs=(spec,))


UNNAMED = array_samples({"x": np.zeros([3, 1])}, labels=[2, 0, 1])


def test_a_tensor_has_classes_if_the_samples_have_as_many() -> None:
    three, two = (
        array_samples({"x": np.zeros([3, 1])}, labels=[0, 1, 0], classes=tuple("abc"[:count])) for count in (3, 2)
    )
    assert task.output(contract("tensor"), three) == "y"
    assert task.output(contract("tensor"), two) is None
    assert task.output(contract("tensor"), array_samples({"x": np.zeros([3, 1])})) is None


def test_the_likeliest_class_decides_and_is_said_by_name() -> None:
    assert task.decisions(np.array([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]])).tolist() == [1, 0]
    assert task.words([0.1, 0.7, 0.2], contract(), UNNAMED) == ("class 1", 0.7)
    assert task.words([0.1, 0.7, 0.2], contract(labels=("a", "b", "c")), UNNAMED) == ("b", 0.7)
    assert task.truth_words(UNNAMED, 0, contract(labels=("a", "b", "c"))) == "c"


def test_accuracy_needs_labels() -> None:
    assert task.metric(UNNAMED) == "accuracy"
    assert task.metric(array_samples({"x": np.zeros([3, 1])})) == "agreement"


def test_distances_of_probabilities_end_at_one() -> None:
    certain = np.eye(3)[:2]
    assert task.distances(certain, certain[::-1]).tolist() == [1.0, 1.0]


def test_a_head_needs_two_classes() -> None:
    alone = array_samples({"x": np.zeros([3, 1])}, labels=[0, 0, 0], classes=("a",))
    with pytest.raises(DataError, match="at least 2 classes, the training data has 1"):
        task.head_output(DataSplit(train=alone, validation=alone, held_out=alone, role="validation"))
    both = array_samples({"x": np.zeros([3, 1])}, labels=[0, 1, 0], classes=("a", "b"))
    assert task.head_output(DataSplit(train=both, validation=both, held_out=both, role="validation")).labels == (
        "a",
        "b",
    )
