"""Accuracy: the share of samples whose likeliest class is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgekit.adapters.metric import Notation, Question, Unit, similarity_metrics
from edgekit.adapters.task import meaning_of
from edgekit.documents.parity import TaskScores
from edgekit.errors import DataError
from edgekit.evaluation.intervals import wilson_interval
from edgekit.evaluation.right_answers import CountedMeasure, RightAnswers, share_sentence


def sentence(scores: TaskScores, samples: int) -> str:
    """Say what original and artifact score, for a model card."""
    return share_sentence(scores, samples, "is right")


NOTATION = Notation(name="accuracy", title="accuracy", unit=Unit.SHARE, drop="accuracy drop", sentence=sentence)
THRESHOLD = None
TASK = "classification"
ALL_OUTPUTS = False


@dataclass(frozen=True, kw_only=True)
class Accuracy(CountedMeasure):
    """Counts classes that are right."""

    NOTATION: ClassVar[Notation] = NOTATION

    def doubts(self, evidence: RightAnswers, question: Question) -> list[str]:
        """Say if the original may be no better than chance."""
        classifier = question.contract.classifier
        classes = None if classifier is None else classifier.shape[-1]
        if not classes:
            return []
        right = evidence.both + evidence.lost
        low, _ = wilson_interval(right, evidence.samples, question.rule.confidence)
        if low > 1 / classes:
            return []
        return [
            f"the original itself is right on {right} of {evidence.samples} samples, which may be guessing: "
            f"check the range of its inputs, the order of its labels, and its training"
        ]


def fit(question: Question) -> Accuracy:
    """Judge the output that has classes."""
    output = question.outputs.get(TASK)
    if output is None:
        others = ", ".join(similarity_metrics())
        raise DataError(f"metric 'accuracy' needs a model with one output that has classes; others: {others}")
    if question.samples.labels is None:
        raise DataError("metric 'accuracy' needs labels, and the data has none; 'agreement' needs none")
    exclusive = meaning_of(question.contract.output(output).meaning).exclusive
    return Accuracy(metric="accuracy", task=TASK, output=output, exclusive=exclusive)
