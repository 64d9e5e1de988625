"""Each fault is caught, no faithful artifact is; and a parity that looks away is found out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edgekit.cli.main import main
from edgekit.contract.contract import Contract
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError
from edgekit.evaluation import comparison
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe
from edgekit.self_test import self_test as module
from edgekit.self_test import trials
from edgekit.self_test.self_test import self_test
from tests.documents.validation import check_document

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
    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    contract = replace(artifact.contract, inputs=(artifact.contract.inputs[0].with_settings(range=(-1.0, 1.0)),))
    bare = replace(artifact, path=artifact.file, contract=contract)
    with pytest.raises(DataError, match="fails as it is, so faults in it show nothing"):
        self_test(tuned, bare, data=held_out, rule=RULE)


def test_the_commands(demo_run: Path, digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["parity", str(demo_run / "model"), str(demo_run / "artifacts" / "tflite-int8"), "--data", str(digits)]
    assert main([*words, "--self-test", "--json", "--max-drop", "0.05"]) == 0
    value = json.loads(capsys.readouterr().out)
    check_document(value, "self_test")
    assert value["ok"] is True
    assert {"fault", "caught", "by", "evidence"} == set(value["findings"][0])
    assert main([*words, "--self-test", "--max-drop", "0.05"]) == 0
    printed = capsys.readouterr().out
    assert "faults caught" in " ".join(printed.split())
    assert all(len(line) <= 80 for line in printed.splitlines())
