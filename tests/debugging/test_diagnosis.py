"""Seeded faults are named, and nothing else; a healthy artifact has no culprit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.debugging import Diagnosis, debug
from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import constant_values, operator_types, read_graph, write_graph
from edgekit.formats.tflite.subgraphs import Runner, name_of
from edgekit.models.artifact import load_artifact
from edgekit.models.run_layout import WORK_FOLDER
from edgekit.models.tuned_model import TunedModel
from edgekit.report.attachments import diagnosis_of
from tests.debugging.conftest import DATA
from tests.documents.validation import check_document


def seeded(artifacts: Path, folder: Path, faults: dict[str, str]) -> tuple[Path, set[str]]:
    """Return the int8 file with faults in an operator of each type, and the names of these operators."""
    file = artifacts / "tflite-int8" / "model.tflite"
    loaded, types = read_graph(file.read_bytes()), operator_types(file.read_bytes())
    graph, names = loaded.subgraphs[0], set()
    for kind, fault in faults.items():
        places = [place for place, other in enumerate(types) if other == kind]
        operator = graph.operators[places[-1 if fault == "range" else 0]]
        names.add(name_of(graph, int(operator.outputs[0])))
        weights = graph.tensors[int(operator.inputs[1])]
        if fault == "scale":
            weights.quantization.scale = np.asarray(weights.quantization.scale) * 3
        elif fault == "clipped":
            values = np.array(constant_values(loaded, weights))
            values[..., :5] = np.clip(values[..., :5], -8, 8)
            loaded.buffers[weights.buffer].data = values.view(np.uint8).ravel()
        else:
            made = graph.tensors[int(operator.outputs[0])]
            made.quantization.scale = np.asarray(made.quantization.scale) * 100
    path = folder / "seeded.tflite"
    path.write_bytes(write_graph(loaded))
    return path, names


def diagnosed(network: TunedModel, file: Path, folder: Path) -> Diagnosis:
    return debug(network, file, data=DATA, out=folder / "debug", samples=12)


@pytest.mark.parametrize(
    "faults",
    [
        {"CONV_2D": "scale"},
        {"FULLY_CONNECTED": "scale"},
        {"CONV_2D": "scale", "FULLY_CONNECTED": "scale"},
        {"CONV_2D": "scale", "DEPTHWISE_CONV_2D": "clipped"},
    ],
)
def test_seeded_faults_are_named_and_nothing_else(
    faults: dict[str, str], network: TunedModel, artifacts: Path, tmp_path: Path
) -> None:
    file, names = seeded(artifacts, tmp_path, faults)
    found = diagnosed(network, file, tmp_path)
    assert found.stage == "quantization"
    assert {culprit.name for culprit in found.culprits} == names
    assert found.restored_db is not None
    assert found.healthy_db is not None
    assert found.restored_db > found.healthy_db - 3.1
    assert f"{len(names)} operator" in found.message


def test_a_range_that_is_too_wide_is_named(network: TunedModel, artifacts: Path, tmp_path: Path) -> None:
    file, names = seeded(artifacts, tmp_path, {"CONV_2D": "range"})  # the one that the mean reads
    found = diagnosed(network, file, tmp_path)
    assert {culprit.name for culprit in found.culprits} == names
    (culprit,) = found.culprits
    assert culprit.used is not None
    assert culprit.used < 0.1


def test_a_healthy_artifact_has_no_culprit(network: TunedModel, artifacts: Path, tmp_path: Path) -> None:
    found = diagnosed(network, artifacts / "tflite-int8", tmp_path)
    assert found.culprits == ()
    assert found.stage in (None, "quantization")
    assert [stage.stage for stage in found.stages] == ["float conversion", "quantization", "delegate"]
    assert {operator.op for operator in found.operators} >= {"CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "MEAN"}


def test_a_float_artifact_costs_nothing(network: TunedModel, artifacts: Path, tmp_path: Path) -> None:
    found = diagnosed(network, artifacts / "tflite-fp32", tmp_path)
    assert found.stage is None
    assert "no stage costs much" in found.message


def test_integer_weights_are_read_through_what_unpacks_them(
    network: TunedModel, artifacts: Path, tmp_path: Path
) -> None:
    found = diagnosed(network, artifacts / "tflite-dynamic4", tmp_path)
    assert found.stages[1].sqnr_db is not None
    assert found.stages[1].sqnr_db < 45


def test_the_reproducer_shows_the_fault_by_itself(network: TunedModel, artifacts: Path, tmp_path: Path) -> None:
    file, _ = seeded(artifacts, tmp_path, {"CONV_2D": "scale"})
    found = diagnosed(network, file, tmp_path)
    assert found.reproducer is not None
    folder = Path(found.reproducer)
    inputs = dict(np.load(folder / "inputs.npz"))
    good = Runner((folder / "float.tflite").read_bytes())
    bad = Runner((folder / "artifact.tflite").read_bytes())
    wanted = next(iter(good.run(inputs).values()))
    given = dict(zip(bad.inputs, inputs.values(), strict=True))
    error = next(iter(bad.run(given).values())) - wanted
    assert np.square(error).sum() > 0.05 * np.square(wanted).sum()
    assert len(read_graph((folder / "float.tflite").read_bytes()).subgraphs[0].operators) == 1


def test_the_overlay_names_every_operator(network: TunedModel, artifacts: Path, tmp_path: Path) -> None:
    found = diagnosed(network, artifacts / "tflite-int8", tmp_path)
    assert found.overlay is not None
    results = json.loads(Path(found.overlay).read_text())["main"]["results"]
    assert set(results) == {operator.name for operator in found.operators if operator.alone_db is not None}
    assert found.drift is not None
    assert Path(found.drift).read_text().startswith("<svg")


def test_another_format_is_refused(network: TunedModel, artifacts: Path, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="edgekit debug reads TFLite files"):
        diagnosed(network, artifacts / "onnx-fp32", tmp_path)


def test_the_command(network: TunedModel, artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, _ = seeded(artifacts, tmp_path, {"CONV_2D": "scale"})
    np.savez(tmp_path / "data.npz", **DATA)  # type: ignore[arg-type]  # the stub takes a name for a flag
    given = ["debug", str(network.path), str(file), "--data", str(tmp_path / "data.npz"), "--samples", "8"]
    assert main([*given, "--out", str(tmp_path / "out"), "--json"]) == 0
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    check_document(value, "diagnosis")
    assert [culprit["op"] for culprit in value["culprits"]] == ["CONV_2D"]
    assert main([*given, "--out", str(tmp_path / "out")]) == 0
    assert "1 operator brings the error in" in capsys.readouterr().out
    assert main([*given, "--samples", "0"]) == 2


def test_a_run_shows_it_in_its_report(network: TunedModel, artifacts: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(artifacts, run / "artifacts")
    (run / WORK_FOLDER).mkdir()
    shipped = load_artifact(run / "artifacts" / "tflite-int8")
    assert diagnosis_of(run, shipped) is None
    found = debug(network, shipped, data=DATA, out=tmp_path / "debug", samples=2)
    assert found.report is None  # there is none yet: it will have it
    kept = diagnosis_of(run, shipped)
    assert kept is not None
    assert kept.message == found.message
    assert debug(network, artifacts / "tflite-int8", data=DATA, out=tmp_path / "debug", samples=2).report is None
