"""Trials: a fault is made where it belongs, asked and judged as parity does, and what is faithful stays silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from edgekit.data.tables import TableSamples
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import kept_answers
from edgekit.inference.placement import Placement
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe
from edgekit.self_test.faults import CONTRACT, FILE, INPUT, OUTPUT, Fault
from edgekit.self_test.trials import Answers, Trials


@pytest.fixture
def trials(tuned: TunedModel, demo_run: Path, held_out: TableSamples, tmp_path: Path) -> Trials:
    answers = kept_answers(tuned, held_out)
    assert answers is not None, "the run keeps them"
    check = Check(tuned, held_out, answers, ParityRecipe(max_drop=0.05), Placement())
    return Trials(check, load_artifact(demo_run / "artifacts" / "tflite-int8"), tmp_path)


@pytest.fixture
def clean(trials: Trials) -> Answers:
    answers = trials.ask(trials.artifact)
    assert answers is not None
    return answers


def nothing(*_: Any) -> None:
    return None


def test_what_changes_nothing_does_not_apply(trials: Trials, clean: Answers) -> None:
    same_batch = Fault(name="same", target=INPUT, make=lambda contract, batch: dict(batch))
    for fault in (same_batch, *(Fault(name="none", target=t, make=nothing) for t in (CONTRACT, INPUT, FILE, OUTPUT))):
        finding = trials.tried(fault, clean)
        assert (finding.caught, finding.by) == (None, None), fault.target


def blank(contract: object, batch: dict[str, Any]) -> dict[str, Any]:
    return {name: np.zeros_like(values) for name, values in batch.items()}


def infinite(contract: object, batch: dict[str, Any]) -> dict[str, Any]:
    return {name: np.full_like(values, np.inf) for name, values in batch.items()}


def same_answers(contract: object, batch: dict[str, Any]) -> dict[str, Any]:
    return dict(batch)


@pytest.mark.parametrize(
    ("target", "make", "caught"), [(INPUT, blank, True), (OUTPUT, infinite, True), (OUTPUT, same_answers, False)]
)
def test_a_fault_is_caught_if_it_does_anything(
    target: str, make: Callable[..., Any], caught: bool, trials: Trials, clean: Answers
) -> None:
    finding = trials.tried(Fault(name="seeded", target=target, make=make), clean)
    assert finding.caught is caught
    assert finding.by == ("verdict" if caught else None)
    assert finding.evidence


def test_a_file_that_was_changed_is_refused_by_its_digest(trials: Trials, clean: Answers) -> None:
    appended = Fault(name="appended", target=FILE, make=lambda content: content + b"\0")
    finding = trials.tried(appended, clean)
    assert (finding.caught, finding.by) == (True, "digest")
    assert "by its answers alone it is not told from rounding" in finding.evidence
    assert str(trials.scratch) not in finding.evidence
    bare = replace(trials, artifact=structs.replace(trials.artifact, path=trials.artifact.file))
    assert bare.tried(appended, clean).caught is False  # a bare file says no digest


def test_a_file_that_cannot_run_is_refused(trials: Trials, clean: Answers) -> None:
    finding = trials.tried(Fault(name="cut", target=FILE, make=lambda content: content[:100]), clean)
    assert (finding.caught, finding.by) == (True, "refused")


def test_noise_rings_no_alarm_and_errors_do(trials: Trials, clean: Answers) -> None:
    noisy = trials.with_noise(clean, seed=0)
    assert not np.array_equal(noisy.outputs["probabilities"], clean.outputs["probabilities"])
    assert trials.alarm(noisy, clean) is None
    wrong = clean.outputs["probabilities"] * np.float32(0.9)  # the same classes, farther off
    alarm = trials.alarm(replace(clean, outputs={"probabilities": wrong}), clean)
    assert alarm is not None
    assert alarm.by in ("errors", "verdict")


def test_drops_beside_the_limit_are_judged_as_such(trials: Trials, clean: Answers) -> None:
    over, under = trials.drops(clean)
    assert over.caught
    assert under.caught
    assert over.by == under.by == "limit"
    check = trials.check
    samples = check.samples
    assert isinstance(samples, TableSamples)
    unlabelled = Check(check.model, structs.replace(samples, labels=None), check.answers, check.rule, check.placement)
    assert [finding.caught for finding in replace(trials, check=unlabelled).drops(clean)] == [None, None]
