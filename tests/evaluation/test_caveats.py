"""Caveats are said where they hold, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.evaluation.caveats import Leakage, calibration_warnings, unjudged_warnings
from edgekit.evaluation.input_use import InputUse
from tests.evaluation.questions import contract, fitted, question

RANGES = {"x": (0.0, 1.0)}


def warnings_of(values: list[float]) -> list[str]:
    return calibration_warnings({"x": InputUse.of(np.array(values), RANGES["x"])}, RANGES)


def test_nothing_known_is_no_warning() -> None:
    assert Leakage().warnings() == []
    assert Leakage().left_out == 0


def test_samples_that_trained_are_left_out_unless_there_are_no_others() -> None:
    some, all_of_them = Leakage(samples=5), Leakage(samples=5, all_leaked=True)
    assert (some.left_out, all_of_them.left_out) == (5, 0)
    assert "5 samples were left out" in some.warnings()[0]
    assert "all 5 samples trained the model" in all_of_them.warnings()[0]
    assert "is not known" in Leakage(unknown=True).warnings()[0]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0.0, 0.5, 1.0], None),
        ([0.0, 0.5, 1.5], "33.3% of the values lie outside"),
        ([0.0, 0.1], "fill 10% of the range"),
        ([0.0, 0.25], None),
        ([], None),
    ],
)
def test_samples_that_look_otherwise_than_those_that_calibrated(values: list[float], reason: str | None) -> None:
    warnings = warnings_of(values)
    assert [reason in warning for warning in warnings if reason] == [True] * (reason is not None)
    assert (warnings == []) == (reason is None)


def test_outputs_that_are_only_measured_are_named(tmp_path: Path) -> None:
    scores = np.eye(3)[np.arange(6) % 3]
    measure = fitted(question(tmp_path, scores, meaning="probabilities", classes=3))
    both = contract(y=("probabilities", (None, 3)), features=("tensor", (None, 9)))
    (warning,) = unjudged_warnings(measure, both)
    assert warning.startswith("not judged, only measured: features")
    assert unjudged_warnings(measure, contract(y=("probabilities", (None, 3)))) == []
    assert unjudged_warnings(None, both) == []
