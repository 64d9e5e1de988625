from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.splits import DataSplit
from edgekit.data.targets import LABELS, array_targets
from edgekit.errors import DataError
from edgekit.tasks import multilabel as task

PLAIN = array_samples({"x": np.zeros([2, 1])})
LABELLED = replace(PLAIN, targets=array_targets(LABELS, np.array([[1, 0, 1], [0, 0, 0]])))
SPEC = OutputSpec(name="y", meaning="multilabel", dtype="float32", shape=(None, 3), key="y", labels=("a", "b", "c"))
CONTRACT = Contract(inputs=(), outputs=(SPEC,))


def test_a_label_applies_from_one_half_on() -> None:
    assert task.decisions(np.array([[0.5, 0.49, 1.0]])).tolist() == [[True, False, True]]
    assert task.words([0.5, 0.49, 1.0], CONTRACT, PLAIN).label == "a, c"
    assert task.words([0.0, 0.49, 0.0], CONTRACT, PLAIN).label == "none"


def test_the_data_says_what_is_right() -> None:
    truth = task.truth(LABELLED, 0, 2)
    assert truth is not None
    assert truth.tolist() == [[True, False, True], [False] * 3]
    assert task.truth_words(LABELLED, 0, CONTRACT) == "0, 2"
    assert (task.metric(LABELLED), task.metric(PLAIN)) == ("exact_match", "agreement")


def test_another_number_of_labels_is_refused() -> None:
    wide = replace(PLAIN, targets=array_targets(LABELS, np.zeros([2, 4])))
    with pytest.raises(DataError, match="the data has 4 labels"):
        task.output(CONTRACT, wide)
    assert task.output(CONTRACT, LABELLED) == "y"


def test_predictions_say_what_applies() -> None:
    (first, second) = task.prediction(np.array([0.2, 0.9, 0.6]), SPEC, 2)["top"]
    assert first == {"label": "b", "score": 0.9, "applies": True}
    assert second["label"] == "c"


def test_a_head_needs_labels() -> None:
    with pytest.raises(DataError, match=r"task = 'multilabel' needs .* a column labels"):
        task.head_output(DataSplit(train=PLAIN, validation=PLAIN, held_out=PLAIN, role="validation"))
    assert task.head_output(
        DataSplit(train=LABELLED, validation=LABELLED, held_out=LABELLED, role="validation")
    ).shape == (None, 3)
