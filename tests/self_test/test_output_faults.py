"""Faults of answers change what they say they change, and do not apply where there is nothing to change."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.self_test.output_faults import permuted_labels, permuted_scores, reordered, with_drop, without_softmax

SCORES = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]], np.float32)
LABELS = ("daisy", "rose", "tulip")


def contract(meaning: str, *, labels: tuple[str, ...] | None = LABELS) -> Contract:
    output = OutputSpec(name="scores", meaning=meaning, dtype="float32", shape=(None, 3), key="scores", labels=labels)
    return Contract(inputs=(), outputs=(output,))


def test_outputs_in_each_others_place() -> None:
    specs = [
        OutputSpec(name=name, meaning="tensor", dtype="float32", shape=shape, key=name)
        for name, shape in (("a", (None, 3)), ("b", (None, 2)), ("c", (None, 2)))
    ]
    batch = {"a": np.zeros([1, 3]), "b": np.ones([1, 2]), "c": np.full([1, 2], 2.0)}
    faulty = reordered(Contract(inputs=(), outputs=tuple(specs)), batch)
    assert faulty is not None
    assert faulty["a"] is batch["a"]
    assert faulty["b"] is batch["c"]
    assert faulty["c"] is batch["b"]
    assert reordered(Contract(inputs=(), outputs=tuple(specs[:2])), batch) is None  # of other shapes
    assert reordered(Contract(inputs=(), outputs=()), {}) is None


def test_labels_are_off_by_one() -> None:
    faulty = permuted_labels(contract("probabilities"))
    assert faulty is not None
    assert faulty.outputs[0].labels == ("rose", "tulip", "daisy")


@pytest.mark.parametrize("labels", [None, ("daisy",), ()])
def test_labels_without_another_order_stay(labels: tuple[str, ...] | None) -> None:
    assert permuted_labels(contract("probabilities", labels=labels)) is None


def test_scores_are_off_by_one() -> None:
    faulty = permuted_scores(contract("probabilities"), {"scores": SCORES, "more": SCORES})
    assert faulty is not None
    assert faulty["scores"].argmax(1).tolist() == [1, 2]
    assert faulty["more"] is SCORES
    assert permuted_scores(contract("tensor", labels=None), {"scores": SCORES}) is None


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    powers = np.exp(logits.astype(np.float64))
    scores: NDArray[np.float64] = powers / powers.sum(1, keepdims=True)
    return scores


def test_what_lacks_a_softmax_is_mended_by_one() -> None:
    faulty = without_softmax(contract("probabilities"), {"scores": SCORES})
    assert faulty is not None
    assert np.isfinite(faulty["scores"]).all()  # of a probability of zero too
    assert faulty["scores"].dtype == SCORES.dtype
    assert not np.allclose(faulty["scores"], SCORES)
    np.testing.assert_allclose(softmax(faulty["scores"]), SCORES, atol=1e-6)


@pytest.mark.parametrize("meaning", ["multilabel", "tensor"])
def test_what_has_no_softmax_cannot_lack_one(meaning: str) -> None:
    assert without_softmax(contract(meaning), {"scores": SCORES}) is None


@pytest.mark.parametrize(("count", "right"), [(0, 3), (1, 2), (3, 0), (9, 0)])
def test_a_drop_makes_as_many_right_answers_wrong(count: int, right: int) -> None:
    scores, labels = np.eye(4, dtype=np.float32), np.array([0, 1, 2, 0])  # the last is wrong from the start
    faulty = with_drop(scores, labels, count)
    assert (faulty.argmax(1) == labels).sum() == right
    assert faulty[3].tolist() == scores[3].tolist()
    assert (scores == np.eye(4)).all()  # what is given stays as it is
