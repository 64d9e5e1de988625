"""The artifact is fed by its own contract and read by its own labels; where that is not the original's, it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.contract.alignment import differences, in_our_order
from edgekit.contract.contract import Contract
from edgekit.data.tables import TableSamples
from edgekit.documents.parity import ParityReport
from edgekit.evaluation.parity import parity
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel

Change = Callable[[Contract], Contract]


def fed(**changes: Any) -> Change:
    return lambda contract: replace(contract, inputs=(contract.inputs[0].with_settings(**changes),))


def labelled(order: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Change:
    def change(contract: Contract) -> Contract:
        output = contract.outputs[0]
        assert output.labels is not None
        return replace(contract, outputs=(replace(output, labels=order(output.labels)),))

    return change


def judged(change: Change, tuned: TunedModel, demo_run: Path, held_out: TableSamples) -> ParityReport:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    # A bare file with a contract of its own: what a folder says beside its file is held against the file's.
    changed = Artifact(path=artifact.file, file=artifact.file, format="tflite", contract=change(artifact.contract))
    return parity(tuned, changed, data=held_out)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (fed(range=(-1.0, 1.0)), r"image: range is \[-1, 1\], the original's \[0, 1\]"),
        (fed(resize="nearest"), "image: resize is nearest, the original's bilinear"),
        (fed(crop=0.5), "image: crop is 0.5, the original's none"),
        (labelled(lambda labels: labels[::-1]), "probabilities: the labels come in another order"),
        (labelled(lambda labels: ("none", *labels[1:])), "probabilities: it has other labels"),
    ],
)
def test_another_contract_fails_and_says_why(
    change: Change, told: str, tuned: TunedModel, demo_run: Path, held_out: TableSamples
) -> None:
    found = judged(change, tuned, demo_run, held_out)
    assert found.verdict == "fail"
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(found.message)
    gate = next(gate for gate in found.to_json()["gates"] if gate["name"] == "same contract")
    assert (gate["value"], gate["verdict"]) == (1.0, "fail")


def test_its_own_contract_feeds_it(tuned: TunedModel, demo_run: Path, held_out: TableSamples) -> None:
    right = judged(lambda contract: contract, tuned, demo_run, held_out)
    assert right.verdict == "pass"
    assert right.to_json()["task"]["agreement"] == 1.0
    darker = judged(fed(range=(-1.0, 0.0)), tuned, demo_run, held_out)
    assert darker.to_json()["task"]["agreement"] < 0.9
    turned = judged(labelled(lambda labels: labels[1:] + labels[:1]), tuned, demo_run, held_out)
    assert turned.to_json()["task"]["agreement"] < 0.2


def test_colours_and_deviation_are_told_apart(tuned: TunedModel) -> None:
    ours = tuned.contract
    names = {"image": "image"}, {"probabilities": "probabilities"}
    assert differences(ours, fed(channels="RGB")(ours), *names) == []  # which is what none means
    assert differences(ours, fed(channels="BGR")(ours), *names) == ["image: channels is BGR, the original's RGB"]
    mean = fed(mean=(0.5,), std=(0.5,))(ours)
    assert differences(ours, mean, *names) == [
        "image: mean is [0.5], the original's none",
        "image: std is [0.5], the original's none",
    ]


def test_scores_by_the_names_of_labels(tuned: TunedModel) -> None:
    ours = replace(tuned.contract.outputs[0], labels=("a", "b", "c"))
    theirs = replace(ours, labels=("c", "a", "b"))
    assert in_our_order(np.array([[1, 2, 3]]), ours, theirs).tolist() == [[2, 3, 1]]
    assert in_our_order(np.array([[1, 2, 3]]), ours, replace(ours, labels=("x", "y", "z"))).tolist() == [[1, 2, 3]]
