from __future__ import annotations

import pytest

from edgekit.documents.prediction import Prediction, PredictionReport
from edgekit.errors import OutputError


def test_an_answer_has_labels_or_values_or_an_error() -> None:
    labels = {"input": "a.jpg", "top": [{"label": "rose", "score": 0.9}]}
    values = {"input": "b", "outputs": {"age": 3.0}}
    broken = {"input": "c.jpg", "error": "c.jpg: not an image"}
    report = PredictionReport.from_json({"predictions": [labels, values, broken]})
    first, second, third = report.to_json()["predictions"]
    assert first == {"input": "a.jpg", "top": ({"label": "rose", "score": 0.9},)}
    assert (second, third) == (values, broken)


def test_a_label_has_a_score() -> None:
    with pytest.raises(OutputError, match="score"):
        Prediction.from_json({"input": "a.jpg", "top": [{"label": "rose"}]})
