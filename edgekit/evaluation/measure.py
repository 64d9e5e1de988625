"""Choosing what is judged: the metric that a rule names, or that of the task which a model is for."""

from __future__ import annotations

from collections.abc import Mapping

from edgekit.adapters.metric import Measure, Question, load_metric
from edgekit.adapters.task import all_tasks
from edgekit.contract.contract import Contract
from edgekit.data.samples import Samples
from edgekit.evaluation.reference import Answers
from edgekit.recipe.recipe import ParityRecipe


def question_of(rule: ParityRecipe, contract: Contract, samples: Samples, answers: Answers) -> Question:
    """Return what a metric is asked: a rule, a model's answers, and which outputs are for which task.

    Raises:
        DataError: The samples have another number of targets than the model's output.
    """
    outputs = {}
    for name, task in all_tasks().items():
        output = task.output(contract, samples)
        if output is not None:
            outputs[name] = output
    return Question(contract=contract, samples=samples, answers=answers.outputs, outputs=outputs, rule=rule)


def choose_measure(question: Question) -> Measure | None:
    """Return what a rule measures; where it names no metric, what the model's outputs are for; None: not known.

    Raises:
        DataError: The metric needs classes, labels, targets, vectors or pictures that are not there.
        EdgekitError: There is no such metric.
    """
    metric = question.rule.metric or default_metric(question.outputs, question.samples)
    return None if metric is None else load_metric(metric).fit(question)


def default_metric(outputs: Mapping[str, str], samples: Samples) -> str | None:
    """Return the metric of the first task that a model has an output for; None: it has none."""
    tasks = all_tasks()
    return tasks[next(iter(outputs))].metric(samples) if outputs else None
