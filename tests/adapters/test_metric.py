"""Each file in ``evaluation/metrics`` offers all that the port says, and judges answers from fit to ruling."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.adapters.metric import Measure, Metric, load_metric, metric_names, similarity_metrics
from edgekit.adapters.task import all_tasks, load_task
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.npy import save_rows
from edgekit.data.samples import Samples
from edgekit.data.targets import LABELS, VALUES, array_targets
from edgekit.documents.document import Verdict
from edgekit.errors import EdgekitError
from edgekit.evaluation.gates import overall
from edgekit.evaluation.measure import choose_measure, question_of
from edgekit.evaluation.reference import Answers
from edgekit.recipe.recipe import ParityRecipe, check_rule

COUNT = 20
DRAW = np.random.default_rng(0)
TASKLESS = "classification"
"""The task of the model that metrics judge which are for any."""


def outputs(task: str) -> Contract:
    """Return what a model of a task gives, and a picture beside it."""
    meaning = next(iter(load_task(task).MEANINGS))
    specs = [
        OutputSpec(name="y", meaning=meaning, dtype="float64", shape=(None, 3), key="y"),
        OutputSpec(name="picture", meaning="tensor", dtype="float64", shape=(None, 12, 12, 3), key="picture"),
    ]
    return Contract(inputs=(), outputs=tuple(specs))


def rightly_answered(task: str) -> tuple[Samples, Batch]:
    """Return samples with all that a task calls its truth, and answers that are right."""
    plain = array_samples({"x": np.zeros([COUNT, 1])})
    pictures, classes = DRAW.uniform(0, 1, [COUNT, 12, 12, 3]), DRAW.integers(0, 3, COUNT)
    if task == "classification":
        labelled = array_samples({"x": np.zeros([COUNT, 1])}, labels=classes.tolist())
        noise = DRAW.uniform(0, 0.1, [COUNT, 3])
        return labelled, {"y": 0.8 * np.eye(3)[classes] + noise, "picture": pictures}
    if task == "multilabel":
        labels = DRAW.integers(0, 2, [COUNT, 3])
        return replace(plain, targets=array_targets(LABELS, labels)), {"y": labels * 0.9, "picture": pictures}
    values = DRAW.normal(size=[COUNT, 3])
    return replace(plain, targets=array_targets(VALUES, values)), {"y": values, "picture": pictures}


def wrong(answers: Batch) -> Batch:
    """Return answers that no metric should let pass: other classes, labels, values, directions and pictures."""
    return {"y": -answers["y"], "picture": 1 - answers["picture"]}


@pytest.mark.parametrize("metric", metric_names())
def test_a_metric_offers_what_the_port_says(metric: str) -> None:
    adapter = load_metric(metric)
    for constant in Metric.__annotations__:
        assert hasattr(adapter, constant), constant
    notation = adapter.NOTATION
    assert (notation.drop is None) == (notation.sentence is None), "what has scores says them on a card"
    assert adapter.THRESHOLD is None or notation.drop is None, "a similarity has no drop"
    assert adapter.TASK is None or adapter.TASK in all_tasks()
    threshold = None if adapter.THRESHOLD is None else adapter.THRESHOLD.default
    assert "{" not in notation.columns.format(threshold=threshold or 0.0)
    check_rule(ParityRecipe(metric=metric, threshold=threshold))


@pytest.mark.parametrize("metric", metric_names())
def test_a_metric_judges_from_fit_to_ruling(metric: str, tmp_path: Path) -> None:
    task = load_metric(metric).TASK or TASKLESS
    samples, reference = rightly_answered(task)
    answers = Answers(outputs={name: save_rows(tmp_path / f"{name}.npy", rows) for name, rows in reference.items()})
    rule = ParityRecipe(metric=metric, max_drop=0.5)
    question = question_of(rule, outputs(task), samples, answers)
    fitted = choose_measure(question)
    assert fitted is not None
    measure: Measure = pickle.loads(pickle.dumps(fitted))  # it travels to the processes that compare
    assert measure == fitted
    assert measure.metric == metric
    assert set(measure.outputs) <= set(reference)

    def verdict(candidate: Batch) -> Verdict:
        evidence = []
        for rows in (slice(0, 12), slice(12, COUNT)):
            collector = measure.collector(question.samples, question.answers)
            sides = [{name: side[name][rows] for name in reference} for side in (reference, candidate)]
            differences = collector.add(rows.start, *sides)
            assert len(differences.distances) == len(differences.changed) == rows.stop - rows.start
            evidence.append(pickle.loads(pickle.dumps(collector.evidence)))
        evidence[0].merge(evidence[1])
        ruling = measure.ruling(evidence[0], question)
        assert ruling.scores.metric == metric
        assert 0 <= ruling.scores.agreement <= 1
        sentence = load_metric(metric).NOTATION.sentence
        assert sentence is None or sentence(ruling.scores, COUNT).endswith(".")
        return overall(ruling.gates)

    assert verdict(reference) == "pass"
    assert verdict(wrong(reference)) == "fail"


def test_metrics_are_found_by_name() -> None:
    assert set(similarity_metrics()) >= {"cosine", "neighbours", "psnr", "sqnr", "ssim"}
    assert not {"accuracy", "agreement", "exact_match", "nmae"} & set(similarity_metrics())
    with pytest.raises(EdgekitError, match="no metric 'simm'; did you mean 'ssim'"):
        load_metric("simm")
