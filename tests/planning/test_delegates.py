"""Plans for phones: rules as data, a GPU that is asked, ONNX Runtime's own checker; each with a change to notice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgekit.cli.main import main
from edgekit.errors import EdgekitError
from edgekit.planning import plan
from edgekit.planning.limits import LIMITS
from edgekit.planning.rules import read_rules

NO_GPU = {"VK_ICD_FILENAMES": "/nowhere.json", "VK_DRIVER_FILES": "/nowhere.json"}


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NO_GPU.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", ["edgetpu", "gpu", "nnapi"])
def test_tables_name_known_limits(name: str) -> None:
    rules = read_rules(name)
    assert rules.version
    assert rules.source
    assert len(rules.operators) > 30
    assert {limit for rule in rules.operators.values() for limit in rule.limits} <= set(LIMITS)


def test_nnapi_by_rules(demo_run: Path) -> None:
    float_, int8, int16 = (
        plan(demo_run / "artifacts" / name, "nnapi") for name in ("tflite-fp32", "tflite-int8full", "tflite-int16x8")
    )
    assert (float_.basis, float_.delegated) == ("rules", len(float_.ops))
    assert int8.delegated > 0
    assert int16.delegated < len(int16.ops)
    left = next(op for op in int16.ops if not op.delegated)
    assert left.reason is not None
    assert "int16" in left.reason
    assert left.fix == "take tflite-int8full or tflite-fp32"


def test_gpu_by_rules_where_there_is_none(demo_run: Path, no_gpu: None) -> None:
    found = plan(demo_run / "artifacts" / "tflite-fp32", "gpu")
    assert found.basis == "rules"
    assert "no GPU answers here" in found.source
    assert found.delegated == len(found.ops)
    wide = plan(demo_run / "artifacts" / "tflite-int16x8", "gpu")
    assert wide.delegated < len(wide.ops)


@pytest.mark.skipif("VK_ICD_FILENAMES" not in os.environ, reason="no Vulkan driver is named by VK_ICD_FILENAMES")
def test_gpu_as_it_says(demo_run: Path) -> None:
    found = plan(demo_run / "artifacts" / "tflite-fp32", "gpu")
    assert found.basis == "measured"
    assert found.delegated == len(found.ops)


@pytest.mark.parametrize("delegate", ["nnapi", "coreml", "xnnpack"])
def test_providers_of_onnx_runtime(delegate: str, demo_run: Path) -> None:
    found = plan(demo_run / "artifacts" / "onnx-fp32", delegate)
    assert found.basis == "rules"
    assert "ONNX Runtime" in found.source
    assert 0 < found.delegated <= len(found.ops)
    assert all(op.delegated or op.reason for op in found.ops)


def test_formats_that_do_not_fit(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EdgekitError, match="gpu takes tflite"):
        plan(demo_run / "artifacts" / "onnx-fp32", "gpu")
    with pytest.raises(EdgekitError, match="coreml takes onnx"):
        plan(demo_run / "artifacts" / "tflite-fp32", "coreml")
    artifact = str(demo_run / "artifacts" / "tflite-fp32")
    assert main(["plan", artifact, "--delegate", "nnapi", "--out", "x.tflite"]) == 2
    assert "nnapi compiles none" in capsys.readouterr().err


def test_a_damaged_file_and_a_folder_that_is_not_there(
    demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes()
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(whole[: len(whole) // 2])
    for delegate in ("xnnpack", "edgetpu", "nnapi"):
        assert main(["plan", str(damaged), "--delegate", delegate]) == 2
        assert "it is a damaged TFLite file" in capsys.readouterr().err
    artifact = str(demo_run / "artifacts" / "tflite-fp32" / "model.tflite")
    overlay = tmp_path / "none" / "plan.json"
    assert main(["plan", artifact, "--delegate", "nnapi", "--overlay", str(overlay)]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert not overlay.parent.exists()
