"""Exact match: the share of samples of which all labels are right at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgekit.adapters.metric import Notation, Question, Unit
from edgekit.data.target_outputs import targets_of
from edgekit.data.targets import LABELS
from edgekit.documents.parity import TaskScores
from edgekit.errors import DataError
from edgekit.evaluation.right_answers import CountedMeasure, share_sentence


def sentence(scores: TaskScores, samples: int) -> str:
    """Say what original and artifact score, for a model card."""
    return share_sentence(scores, samples, "has all labels right")


NOTATION = Notation(
    name="exact match", title="exact match", unit=Unit.SHARE, drop="exact match drop", sentence=sentence
)
THRESHOLD = None
TASK = "multilabel"
ALL_OUTPUTS = False


@dataclass(frozen=True, kw_only=True)
class ExactMatch(CountedMeasure):
    """Counts samples with all labels right."""

    NOTATION: ClassVar[Notation] = NOTATION


def fit(question: Question) -> ExactMatch:
    """Judge the output that has labels."""
    output = question.outputs.get(TASK)
    if output is None or targets_of(question.samples, LABELS) is None:
        raise DataError("metric 'exact_match' needs a model with one output of labels, and data with a column labels")
    return ExactMatch(metric="exact_match", task=TASK, output=output, exclusive=False)
