"""What ``edgekit predict --json`` prints.

Predicting itself builds plain dicts, as the tasks answer: a small device waits for every import.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from edgekit.documents.document import Document
from edgekit.system.files import JsonObject


class ScoredLabel(Document, frozen=True, kw_only=True):
    """A label and how sure the model is of it.

    Attributes:
        label: The label.
        score: Its score.
        applies: Whether it applies, where several labels may.
    """

    label: str
    score: float
    applies: bool | UnsetType = UNSET


class Prediction(Document, frozen=True, kw_only=True):
    """What a model answers to one input.

    Attributes:
        input: The input, as it was given.
        top: Labels, the best first; only of a model with classes.
        outputs: Values by label or output; only of a model without classes.
        error: Why there is no answer; only of an input that cannot be read.
    """

    input: str
    top: tuple[ScoredLabel, ...] | UnsetType = UNSET
    outputs: JsonObject | UnsetType = UNSET
    error: str | UnsetType = UNSET


class PredictionReport(Document, frozen=True, kw_only=True):
    """What a model answers.

    Attributes:
        predictions: One for each input, in their order.
    """

    predictions: tuple[Prediction, ...]
