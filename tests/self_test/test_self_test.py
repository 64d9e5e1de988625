"""Each fault is caught, no faithful artifact is; and a parity that looks away is found out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from edgekit.cli.main import main
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError
from edgekit.evaluation import comparison
from edgekit.evaluation.gates import FAIL, PASS, Counts, drop_gate
from edgekit.evaluation.intervals import paired_drop_interval
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe
from edgekit.self_test import self_test as module
from edgekit.self_test import trials
from edgekit.self_test.faults import FAULTS
from edgekit.self_test.self_test import self_test
from edgekit.self_test.sign_test import ALARM, farther

RULE = ParityRecipe(max_drop=0.05)
GREY = {"input: channels swapped"}  # as the digits are
QUANTIZED = {"file: quantization scale off by 2", "file: stale calibration"}
SEVERAL = {"output: outputs reordered"}
SOUNDS = {"contract: sample rate off", "input: sample rate off"}


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8", "tflite-int8full", "onnx-fp32", "onnx-int8"])
def test_every_fault_is_caught(variant: str, tuned: TunedModel, demo_run: Path, held_out: TableSamples) -> None:
    found = self_test(tuned, demo_run / "artifacts" / variant, data=held_out, rule=RULE)
    assert found.ok, found
    assert found.alarms <= found.allowed <= 4
    missing = {each.fault for each in found.findings if each.caught is None}
    assert missing == SEVERAL | GREY | SOUNDS | (QUANTIZED if "fp32" in variant else set())
    for each in found.findings:
        if each.by == "digest":  # not by the digest alone
            assert "is not the file that artifact.json describes" in each.evidence
            assert "no more than rounding" not in each.evidence


def test_a_bare_file_has_no_digest(tuned: TunedModel, demo_run: Path, held_out: TableSamples) -> None:
    found = self_test(tuned, demo_run / "artifacts" / "tflite-int8" / "model.tflite", data=held_out, rule=RULE)
    assert found.ok
    assert "digest" not in {each.by for each in found.findings}


def test_a_parity_that_looks_away_is_found_out(
    tuned: TunedModel, demo_run: Path, held_out: TableSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_away(ours: Contract, *_: Any) -> Contract:
        return ours  # both sides by the original's contract

    monkeypatch.setattr(comparison, "fed", look_away)
    monkeypatch.setattr(comparison, "differences", lambda *_: [])
    found = self_test(tuned, demo_run / "artifacts" / "tflite-int8", data=held_out, rule=RULE)
    assert not found.ok
    missed = {each.fault for each in found.findings if each.caught is False}
    assert missed >= {"contract: range off", "contract: resize method changed"}


def test_an_alarm_that_always_rings_is_found_out(
    tuned: TunedModel, demo_run: Path, held_out: TableSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FAITHFUL", 20)
    monkeypatch.setattr(trials, "farther", lambda after, before: (len(after), 0.0))
    found = self_test(tuned, demo_run / "artifacts" / "tflite-int8", data=held_out, rule=RULE)
    assert not found.ok
    assert found.alarms == 20


def test_a_faulty_artifact_is_no_start(tuned: TunedModel, demo_run: Path, held_out: TableSamples) -> None:
    from dataclasses import replace

    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    contract = replace(artifact.contract, inputs=(artifact.contract.inputs[0].with_settings(range=(-1.0, 1.0)),))
    bare = replace(artifact, path=artifact.file, contract=contract)
    with pytest.raises(DataError, match="fails as it is, so faults in it show nothing"):
        self_test(tuned, bare, data=held_out, rule=RULE)


def test_outputs_in_each_others_place() -> None:
    specs = [
        OutputSpec(name=name, meaning="tensor", dtype="float32", shape=shape, key=name)
        for name, shape in (("a", (None, 3)), ("b", (None, 2)), ("c", (None, 2)))
    ]
    fault = next(each for each in FAULTS if each.name == "output: outputs reordered")
    batch = {"a": np.zeros([1, 3]), "b": np.ones([1, 2]), "c": np.full([1, 2], 2.0)}
    made = fault.make(Contract(inputs=(), outputs=tuple(specs)), batch)
    assert made["b"] is batch["c"]
    assert made["c"] is batch["b"]
    assert fault.make(Contract(inputs=(), outputs=tuple(specs[:2])), batch) is None


def test_the_commands(demo_run: Path, digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["parity", str(demo_run / "model"), str(demo_run / "artifacts" / "tflite-int8"), "--data", str(digits)]
    assert main([*words, "--self-test", "--json", "--max-drop", "0.05"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["ok"] is True
    assert {"fault", "caught", "by", "evidence"} == set(value["findings"][0])
    assert main([*words, "--self-test", "--max-drop", "0.05"]) == 0
    printed = capsys.readouterr().out
    assert "faults caught" in " ".join(printed.split())
    assert all(len(line) <= 80 for line in printed.splitlines())


def test_the_alarm_rings_as_seldom_as_it_says() -> None:
    """Two draws of the same quantization noise: neither is farther from the original."""
    rng = np.random.default_rng(0)
    rings = sum(farther(*(np.abs(rng.standard_normal((2, 80))) + 0.01))[1] < ALARM for _ in range(2000))
    assert rings <= stats.binom.isf(1e-3, 2000, ALARM)
    faulty = sum(farther(*(np.abs(rng.standard_normal((2, 80))) * [[3.0], [1.0]]))[1] < ALARM for _ in range(200))
    assert faulty > 190


@pytest.mark.parametrize(("changed", "drop"), [(0.1, 0.0), (0.1, 0.05), (0.2, 0.05), (0.12, 0.1)])
def test_intervals_hold_what_they_promise(changed: float, drop: float) -> None:
    """Exactly, for 80 samples: each pair of counts with its probability, as a multinomial gives it."""
    samples, lost = 80, (changed + drop) / 2
    held = passed = failed = 0.0
    for first in range(45):
        for second in range(45):
            counts = [first, second, samples - first - second]
            chance = stats.multinomial.pmf(counts, samples, [lost, changed - lost, 1 - changed])
            if counts[2] < 0 or chance < 1e-6:
                continue
            low, high = paired_drop_interval(first, second, samples, 0.95)
            held += chance * (low <= drop <= high)
            counted = Counts(samples=samples, agree=0, both=0, lost=first, won=second)
            verdict = drop_gate(counted, max_drop=drop, confidence=0.95).verdict
            passed, failed = passed + chance * (verdict == PASS), failed + chance * (verdict == FAIL)
    assert held >= 0.94  # nominal 0.95; a score interval of few changes is a little off (Tango 1998, table II)
    assert max(passed, failed) <= 0.035  # nominal 0.025 on each side of a drop of exactly the limit


def test_false_passes_and_false_alarms_by_simulation() -> None:
    """1,000 data sets of 400 samples for each true drop, a limit of 0.05 at 95%."""
    rng, samples, limit = np.random.default_rng(0), 400, 0.05
    rates: dict[float, dict[str, float]] = {}
    known: dict[tuple[int, int], str] = {}
    for drop in (0.0, limit - 0.01, limit, limit + 0.01, 0.15):
        lost, won = (0.06 + drop), 0.06
        verdicts = []
        for first, second, _ in rng.multinomial(samples, [lost, won, 1 - lost - won], 1000).tolist():
            if (first, second) not in known:
                counts = Counts(samples=samples, agree=0, lost=first, won=second)
                known[first, second] = drop_gate(counts, max_drop=limit, confidence=0.95).verdict
            verdicts.append(known[first, second])
        rates[drop] = {each: verdicts.count(each) / 1000 for each in (PASS, FAIL)}
    most = stats.binom.isf(1e-3, 1000, 0.025) / 1000
    assert rates[limit][PASS] <= most
    assert rates[limit][FAIL] <= most
    assert rates[limit + 0.01][PASS] <= most
    assert rates[limit - 0.01][FAIL] <= most
    assert rates[0.0][PASS] > 0.5
    assert rates[0.15][FAIL] > 0.95


def test_sounds_at_another_rate() -> None:
    spec = InputSpec.of("audio", name="sound", dtype="float32", shape=(None, 6), key="sound", sample_rate=8000)
    contract = Contract(inputs=(spec,), outputs=())
    faults = {fault.name: fault.make for fault in FAULTS if fault.name in SOUNDS}
    assert faults["contract: sample rate off"](contract).inputs[0].medium.sample_rate == 16000
    halved = faults["input: sample rate off"](contract, {"sound": np.array([[1.0, 2, 3, 4, 5, 6]], np.float32)})
    assert halved["sound"].tolist() == [[1, 3, 5, 0, 0, 0]]
