"""Questions to metrics: an original's outputs, its answers, samples and a rule, made in code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.metric import Measure, Question
from edgekit.contract.contract import Contract, OutputSpec
from edgekit.contract.shape import Shape
from edgekit.data.arrays import array_samples
from edgekit.data.npy import save_rows
from edgekit.data.samples import Samples
from edgekit.evaluation.measure import choose_measure, question_of
from edgekit.evaluation.reference import Answers
from edgekit.evaluation.similarity import SimilarityCollector
from edgekit.recipe.recipe import ParityRecipe


def contract(**outputs: tuple[str, Shape]) -> Contract:
    """Return a contract of outputs by name, each a meaning and a shape."""
    specs = [
        OutputSpec(name=name, meaning=meaning, dtype="float32", shape=shape, key=name)
        for name, (meaning, shape) in outputs.items()
    ]
    return Contract(inputs=(), outputs=tuple(specs))


def answers(folder: Path, **outputs: NDArray[Any]) -> Answers:
    """Return answers by output, kept in a folder."""
    return Answers(outputs={name: save_rows(folder / f"{name}.npy", array) for name, array in outputs.items()})


def samples(count: int, *, classes: int = 0) -> Samples:
    """Return samples, with labels if there are classes."""
    labels = [index % classes for index in range(count)] if classes else None
    names = tuple(f"class {index}" for index in range(classes)) or None
    return array_samples({"x": np.zeros([count, 1])}, labels=labels, classes=names)


def question(
    folder: Path, array: NDArray[Any], *, rule: ParityRecipe | None = None, meaning: str = "tensor", classes: int = 0
) -> Question:
    """Return a question about one output ``y``."""
    outputs = contract(y=(meaning, (None, *array.shape[1:])))
    return question_of(rule or ParityRecipe(), outputs, samples(len(array), classes=classes), answers(folder, y=array))


def similarities(folder: Path, metric: str, reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    """Return the similarity of each sample of two answers."""
    stated = question(folder, reference, rule=ParityRecipe(metric=metric))
    collector = fitted(stated).collector(stated.samples, stated.answers)
    assert isinstance(collector, SimilarityCollector)
    return collector.similarities("y", 0, reference, candidate)


def fitted(stated: Question) -> Measure:
    """Return the measure of a question that has one."""
    measure = choose_measure(stated)
    assert measure is not None
    return measure
