"""The Edge TPU's rules on real files, each with a change that has to be noticed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import load_samples
from edgekit.errors import EdgekitError
from edgekit.formats.tflite.graph import operator_types, read_graph, write_graph
from edgekit.models.artifact import Artifact
from edgekit.planning import Plan, plan
from edgekit.recipe.variants import parse_variant
from edgekit.system.optional import tensorflow
from tests.compression.graphs import pictures, save_network


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    folder = tmp_path_factory.mktemp("network")
    names = ("tflite-fp32", "tflite-int8", "tflite-int8full", "onnx-fp32")
    made = convert_all(
        save_network(folder / "model"),
        [parse_variant(name) for name in names],
        samples=load_samples({"image": pictures(20)}),
        out=folder / "out",
    )
    return {str(each.variant): each.artifact for each in made if each.artifact is not None}


def changed(artifact: Artifact, folder: Path, kind: str, change: Any) -> Plan:
    """Plan a file whose first operator of a type was changed."""
    loaded = read_graph(artifact.file.read_bytes())
    operator = loaded.subgraphs[0].operators[operator_types(artifact.file.read_bytes()).index(kind)]
    change(loaded, operator)
    path = folder / "changed.tflite"
    path.write_bytes(write_graph(loaded))
    return plan(path, "edgetpu")


def test_integers_of_fixed_sizes_are_all_taken(artifacts: dict[str, Artifact]) -> None:
    found = plan(artifacts["tflite-int8full"], "edgetpu")
    assert found.basis == "rules"
    assert found.delegated == len(found.ops)
    assert found.partitions == 1


@pytest.mark.parametrize(("name", "reason"), [("tflite-fp32", "is float32"), ("tflite-int8", "size that is not fixed")])
def test_what_else_there_is_names_the_variant_that_would_do(
    name: str, reason: str, artifacts: dict[str, Artifact]
) -> None:
    found = plan(artifacts[name], "edgetpu")
    assert found.delegated == 0
    assert found.partitions == 0
    assert any(reason in (op.reason or "") and "tflite-int8full" in (op.fix or "") for op in found.ops)


def test_what_depends_on_the_cpu_stays_there(artifacts: dict[str, Artifact], tmp_path: Path) -> None:
    def dilate(loaded: Any, operator: Any) -> None:
        operator.builtinOptions.dilationHFactor = 2

    found = changed(artifacts["tflite-int8full"], tmp_path, "DEPTHWISE_CONV_2D", dilate)
    first = next(op for op in found.ops if op.op == "DEPTHWISE_CONV_2D")
    assert first.reason == "its dilations differ"
    later = [op for op in found.ops if op.index > first.index]
    assert later
    assert all("more than one subgraph" in (op.reason or "") for op in later)
    assert all(op.delegated for op in found.ops if op.index < first.index)


def test_parameters_have_to_be_constant(artifacts: dict[str, Artifact], tmp_path: Path) -> None:
    def free(loaded: Any, operator: Any) -> None:
        loaded.subgraphs[0].tensors[operator.inputs[1]].buffer = 0

    found = changed(artifacts["tflite-int8full"], tmp_path, "CONV_2D", free)
    assert next(op for op in found.ops if op.op == "CONV_2D").reason == "a filter, bias or other parameter changes"


@pytest.mark.parametrize(("factor", "taken"), [(2, True), (33, False)])
def test_large_resizes_are_left(factor: int, taken: bool, tmp_path: Path) -> None:
    tf = tensorflow()
    call = tf.function(
        lambda x: tf.image.resize(x, [2 * factor, 2 * factor]), input_signature=[tf.TensorSpec([1, 2, 2, 3])]
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([np.ones((1, 2, 2, 3), np.float32)] for _ in range(2))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    path = tmp_path / "resize.tflite"
    path.write_bytes(converter.convert())
    (resize,) = [op for op in plan(path, "edgetpu").ops if op.op == "RESIZE_BILINEAR"]
    assert resize.delegated == taken


def test_a_compiled_file_says_it_itself(artifacts: dict[str, Artifact], tmp_path: Path) -> None:
    def compile_it(loaded: Any, operator: Any) -> None:
        code = loaded.operatorCodes[operator.opcodeIndex]
        code.builtinCode, code.deprecatedBuiltinCode, code.customCode = 32, 32, b"edgetpu-custom-op"

    found = changed(artifacts["tflite-int8full"], tmp_path, "MEAN", compile_it)
    assert found.basis == "compiled"
    assert found.delegated == 1


def test_what_cannot_be_planned(artifacts: dict[str, Artifact]) -> None:
    with pytest.raises(EdgekitError, match=r"edgetpu takes tflite; .* is onnx"):
        plan(artifacts["onnx-fp32"], "edgetpu")
    with pytest.raises(EdgekitError, match="no plan for 'edgetup'; did you mean 'edgetpu'"):
        plan(artifacts["tflite-fp32"], "edgetup")


def test_an_overlay_and_the_report_of_its_run(
    demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(demo_run, run)
    artifact = run / "artifacts" / "tflite-int16x8"
    for delegate in ("xnnpack", "edgetpu"):
        overlay = ["--overlay", str(tmp_path / "plan.json")]
        assert main(["plan", str(artifact), "--delegate", delegate, *overlay]) == 0
    assert "shown in: " in capsys.readouterr().out
    results = json.loads((tmp_path / "plan.json").read_text())["main"]["results"]
    assert set(results) == {op.name for op in plan(artifact, "edgetpu").ops}
    assert any(entry["value"].startswith("CPU: ") for entry in results.values())
    page = (run / "report.html").read_text()
    assert "Operators that delegates take" in page
    entries = json.loads((run / "report.json").read_text())["artifacts"]
    (entry,) = [each for each in entries if each["variant"] == "tflite-int16x8"]
    assert [each["delegate"] for each in entry["plans"]] == ["edgetpu", "xnnpack"]


def test_the_command(artifacts: dict[str, Artifact], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(artifacts["tflite-fp32"].path), "--delegate", "edgetpu", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert {"delegate", "basis", "ops", "delegated", "total", "partitions"} <= set(value)
    assert {"index", "op", "delegated", "reason", "fix"} <= set(value["ops"][0])
    assert main(["plan", str(artifacts["tflite-fp32"].path), "--delegate", "edgetpu"]) == 0
    said = capsys.readouterr().out
    assert "takes 0 of" in said
    assert max(map(len, said.splitlines())) <= 80
