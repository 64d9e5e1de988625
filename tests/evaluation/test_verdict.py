"""A judge turns what was counted into a verdict, and never passes what nothing judges or what is broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.adapters.metric import Question
from edgekit.documents.parity import ParityReport
from edgekit.evaluation.caveats import Leakage
from edgekit.evaluation.gates import FAIL, INCONCLUSIVE, PASS, contract_gate, finite_gate
from edgekit.evaluation.measure import choose_measure
from edgekit.evaluation.tally import Comparison, Execution, Tally
from edgekit.evaluation.verdict import Judge, fault_gates, verdict_message
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact
from tests.evaluation.questions import answers, question

RIGHT = np.eye(3)[np.arange(300) % 3]
ARTIFACT = Artifact(path=Path("model.tflite"), file=Path("model.tflite"), format="tflite")


def judged(
    stated: Question,
    folder: Path,
    candidate: np.ndarray,
    *,
    execution: Execution | None = None,
    leakage: Leakage | None = None,
) -> ParityReport:
    """Return the report on an artifact that answers so."""
    measure = choose_measure(stated)
    tally = Tally(stated.contract, stated.samples, answers(folder, y=RIGHT), measure, execution or Execution())
    tally.add(0, {"y": candidate})
    judge = Judge(question=stated, measure=measure, placement=Placement(), leakage=leakage or Leakage())
    return judge.report(ARTIFACT, tally.comparison)


@pytest.fixture
def classes(tmp_path: Path) -> Question:
    return question(tmp_path, RIGHT, meaning="probabilities", classes=3)


def test_the_same_answers_pass_and_others_fail(classes: Question, tmp_path: Path) -> None:
    assert judged(classes, tmp_path, RIGHT).verdict == PASS
    report = judged(classes, tmp_path, np.roll(RIGHT, 1, axis=1))
    assert report.verdict == FAIL
    assert report.message.startswith("accuracy drop +1.000")
    assert report.worst[0].label == "class 0"
    assert report.worst[0].candidate.label != report.worst[0].reference.label


def test_one_answer_that_is_no_number_fails(classes: Question, tmp_path: Path) -> None:
    broken = RIGHT.copy()
    broken[7, 0] = np.nan
    report = judged(classes, tmp_path, broken)
    assert report.verdict == FAIL
    assert report.message == "NaN or infinite values in the outputs of 1 of 300 samples"


def test_a_contract_that_differs_fails_right_answers(classes: Question, tmp_path: Path) -> None:
    assert judged(classes, tmp_path, RIGHT, execution=Execution(differences=())).verdict == PASS
    assert judged(classes, tmp_path, RIGHT, execution=Execution(differences=("x: range",))).verdict == FAIL


def test_where_nothing_judges_nothing_passes(tmp_path: Path) -> None:
    stated = question(tmp_path, RIGHT)
    report = judged(stated, tmp_path, RIGHT)
    assert report.verdict == INCONCLUSIVE
    assert "nothing to judge by" in report.message
    assert report.task is None
    assert judged(stated, tmp_path, np.full_like(RIGHT, np.inf)).verdict == FAIL


def test_what_makes_a_verdict_worth_less_is_said(classes: Question, tmp_path: Path) -> None:
    execution, leakage = Execution(fallback="no GPU answers"), Leakage(samples=3)
    report = judged(classes, tmp_path, RIGHT, execution=execution, leakage=leakage)
    assert report.left_out == 3
    assert "the CPU answered, not the delegate: no GPU answers" in report.warnings
    assert judged(classes, tmp_path, RIGHT).warnings == ()


def test_gates_of_faults_are_those_that_can_be_known() -> None:
    assert len(fault_gates(Comparison(samples=10))) == 1
    assert len(fault_gates(Comparison(samples=10, execution=Execution(differences=())))) == 2
    gates = fault_gates(Comparison(samples=10, outside=2))
    assert [gate.verdict for gate in gates] == [PASS, FAIL]


def test_a_message_is_of_the_first_gate_with_the_verdict() -> None:
    gates = [finite_gate(0, 10), contract_gate(["x: range"]), finite_gate(1, 10)]
    assert verdict_message(FAIL, gates) == gates[1].message
    assert verdict_message(PASS, gates[:1]) == gates[0].message
