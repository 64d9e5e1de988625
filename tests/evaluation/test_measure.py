from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import EdgekitError
from edgekit.evaluation.measure import choose_measure
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import question


@pytest.mark.parametrize(
    ("meaning", "classes", "metric"),
    [
        ("probabilities", 3, "accuracy"),
        ("probabilities", 0, "agreement"),
        ("tensor", 3, "accuracy"),
        ("embedding", 3, "cosine"),
        ("embedding", 0, "cosine"),
        ("multilabel", 0, "agreement"),
        ("regression", 0, "sqnr"),
        ("tensor", 0, None),
        ("tensor", 2, None),  # three numbers are not the scores of two classes
    ],
)
def test_what_is_judged_follows_from_the_outputs(
    tmp_path: Path, meaning: str, classes: int, metric: str | None
) -> None:
    measure = choose_measure(question(tmp_path, np.ones([6, 3]), meaning=meaning, classes=classes))
    assert (None if measure is None else measure.metric) == metric


def test_a_rule_may_name_another_metric(tmp_path: Path) -> None:
    stated = question(tmp_path, np.ones([6, 3]), meaning="probabilities", rule=ParityRecipe(metric="cosine"))
    measure = choose_measure(stated)
    assert measure is not None
    assert measure.metric == "cosine"
    with pytest.raises(EdgekitError, match="no metric 'cosin'; did you mean 'cosine'"):
        choose_measure(question(tmp_path, np.ones([6, 3]), rule=ParityRecipe(metric="cosin")))
