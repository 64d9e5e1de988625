"""Agreement: the share of samples with the original's class or labels; nothing has to be known of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgekit.adapters.metric import Notation, Question, Unit, similarity_metrics
from edgekit.adapters.task import load_task, meaning_of
from edgekit.errors import DataError
from edgekit.evaluation.right_answers import CountedMeasure

NOTATION = Notation(name="agreement", title="agreement", unit=Unit.SHARE, agrees="same class")
THRESHOLD = None
TASK = None
ALL_OUTPUTS = False


@dataclass(frozen=True, kw_only=True)
class Agreement(CountedMeasure):
    """Counts answers that are the same."""

    NOTATION: ClassVar[Notation] = NOTATION


def fit(question: Question) -> Agreement:
    """Judge the output of the first task whose answers are counted."""
    for task, output in question.outputs.items():
        if load_task(task).COUNTED:
            exclusive = meaning_of(question.contract.output(output).meaning).exclusive
            return Agreement(metric="agreement", task=task, output=output, exclusive=exclusive)
    others = ", ".join(similarity_metrics())
    raise DataError(f"metric 'agreement' needs a model with one output that has classes; others: {others}")
