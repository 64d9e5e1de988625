"""Each file in ``tasks`` offers all that the port says, and no more words than a contract can have."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from edgekit.adapters.task import Task, all_tasks, likeliest, load_task, meaning_of, task_of
from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.errors import EdgekitError, ModuleError

NAMES = ("classification", "multilabel", "regression", "embedding", "none")


def test_tasks_are_found_in_the_order_of_their_ranks() -> None:
    assert tuple(name for name in all_tasks() if name in NAMES) == NAMES
    ranks = [task.RANK for task in all_tasks().values()]
    assert len(set(ranks)) == len(ranks), "of two tasks with one rank nobody knows which judges"


@pytest.mark.parametrize("name", all_tasks())
def test_a_task_offers_what_the_port_says(name: str) -> None:
    task = load_task(name)
    for constant in Task.__annotations__:
        assert hasattr(task, constant), constant
    functions = inspect.getmembers(Task, inspect.isfunction)
    for function, protocol in functions:
        if function.startswith("_"):
            continue
        parameters = list(inspect.signature(protocol).parameters)[1:]
        assert list(inspect.signature(getattr(task, function)).parameters) == parameters, function


@pytest.mark.parametrize("name", all_tasks())
def test_all_functions_of_a_task_run(name: str) -> None:
    task = load_task(name)
    meaning = next(iter(task.MEANINGS))
    spec = OutputSpec(name="y", meaning=meaning, dtype="float32", shape=(None, 3), key="y", labels=("a", "b", "c"))
    contract, samples = Contract(inputs=(), outputs=(spec,)), array_samples({"x": np.zeros([4, 1])})
    scores = np.array([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]])
    assert task.output(contract, samples) == (None if name == "none" else "y")
    assert task.truth(samples, 0, 2) is None
    assert task.truth_words(samples, 0, contract) is None
    assert task.distances(scores, scores).tolist() == [0.0, 0.0]
    assert task.distances(scores, scores[::-1]).min() > 0
    assert set(task.prediction(scores[0], spec, 2)) <= {"top", "outputs"}
    assert len(task.words(scores[0].tolist(), contract, samples)) == 2
    if task.COUNTED:
        assert len(task.decisions(scores)) == 2
    else:
        with pytest.raises(NotImplementedError):
            task.decisions(scores)
    if not task.TRAINED:
        with pytest.raises(NotImplementedError):
            task.objective(samples)


def test_a_contracts_words_belong_to_one_task_each() -> None:
    words = [word for task in all_tasks().values() for word in task.MEANINGS]
    assert len(words) == len(set(words))
    assert {word for word in words if meaning_of(word).probabilities} >= {"probabilities", "multilabel"}
    assert [meaning_of(word).exclusive for word in ("probabilities", "multilabel", "logits")] == [True, False, False]
    with pytest.raises(ModuleError, match="no output means 'logit'; did you mean 'logits'"):
        task_of("logit")
    with pytest.raises(EdgekitError, match="no task 'regresion'; did you mean 'regression'"):
        load_task("regresion")


def test_of_equal_scores_the_first_comes_first() -> None:
    spec = OutputSpec(name="y", meaning="logits", dtype="float32", shape=(None, 3), key="y")
    top = likeliest(np.array([1.0, 2.0, 2.0]), spec, 2)
    assert top == [{"label": "class 1", "score": 2.0}, {"label": "class 2", "score": 2.0}]
