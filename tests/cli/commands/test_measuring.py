"""Commands that run an artifact: verdicts are exit codes, and of several devices each says what it gave."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgekit.cli.main import main
from edgekit.data.tables import TableSamples
from edgekit.models.tuned_model import TunedModel
from tests.cli.commands.conftest import Printed
from tests.documents.validation import check_document


def test_convert_bench_and_parity(tuned: TunedModel, digits: Path, printed_json: Printed, tmp_path: Path) -> None:
    command = ["convert", str(tuned.path), "tflite-int8full", "--data", str(digits), "--out", str(tmp_path), "--json"]
    assert main(command) == 0
    document = printed_json()
    check_document(document, "conversion")
    (entry,) = document["artifacts"]
    assert entry["status"] == "built"
    assert entry["bytes"] == (Path(entry["path"]) / "model.tflite").stat().st_size
    assert main(["bench", entry["path"], "--runs", "5", "--json"]) == 0
    measured = printed_json()
    keys = {"variant", "runtime", "device", "delegate", "threads", "runs", "latency_ms", "load_ms", "first_ms"}
    assert keys | {"peak_rss_bytes", "measured_on"} <= set(measured)
    assert set(measured["latency_ms"]) == {"min", "p50", "p90", "p99", "mean"}
    command = ["parity", str(tuned.path), entry["path"], "--data", str(digits), "--max-drop", "0.05", "--json"]
    assert main(command) == 0
    report = printed_json()
    assert report["verdict"] == "pass"
    assert report["runtime"] == "litert"
    assert {"max_abs", "mean_abs", "rmse", "sqnr_db", "cosine_min"} <= set(report["outputs"]["probabilities"])
    assert {"name", "limit", "value", "interval", "verdict"} <= set(report["gates"][0])


def test_parity_exits_with_3_and_1(
    tuned: TunedModel,
    demo_run: Path,
    held_out: TableSamples,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    for file in map(Path, held_out.columns[""].cells):
        folder = tmp_path / "few" / file.parent.name
        if not folder.exists():
            folder.mkdir(parents=True)
            shutil.copy(file, folder)
    artifact = str(demo_run / "artifacts" / "onnx-fp16")
    assert main(["parity", str(tuned.path), artifact, "--data", str(tmp_path / "few")]) == 3
    assert "samples in all would decide" in capsys.readouterr().out
    swapped = tmp_path / "swapped"  # the same photos under each other's names: no answer can be right, and so no drop
    names = sorted(path.name for path in (tmp_path / "few").iterdir())
    for name, label in zip(names, names[1:] + names[:1], strict=True):
        shutil.copytree(tmp_path / "few" / name, swapped / label)
    assert main(["parity", str(tuned.path), artifact, "--data", str(swapped)]) == 3


def test_a_missing_runtime_exits_with_4(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-fp32")
    assert main(["bench", artifact, "--runtime", "tflite_runtime"]) == 4
    assert "pip install 'edgekit[tflite]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--confidence", "0.5"], "--confidence between 0.5 and 1"),
        (["--max-drop", "nan"], "--max-drop is between 0 and 1"),
        (["--metric", "acuracy"], "accuracy"),
        (["--bind", "image"], "say it as OURS=THEIRS"),
        (["--bind", "=image"], "say it as OURS=THEIRS"),
        (["--self-test", "--bind", "a=b"], "takes no --bind"),
        (["--self-test", "--against", "old"], "leave --against out"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str], reason: str, tuned: TunedModel, demo_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-int8")
    assert main(["parity", str(tuned.path), artifact, "--data", "x", *words]) == 2
    assert reason in " ".join(capsys.readouterr().err.split())


def test_a_device_that_gives_nothing_stands_beside_one_that_does(
    demo_run: Path, printed_json: Printed, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is that of the device that failed, and the other's numbers are there."""
    words = ["bench", str(demo_run / "artifacts" / "onnx-fp32"), "--runs", "2"]
    devices = ["--device", "host", "--device", "ssh://127.0.0.1:1"]
    assert main([*words, *devices, "--json"]) == 4
    here, away = printed_json()["devices"]
    assert here["latency_ms"]["p50"] > 0
    assert set(away) == {"device", "error"}
    assert away["device"] == "ssh://127.0.0.1:1"
    assert main([*words, *devices]) == 4
    assert "ssh://127.0.0.1:1" in capsys.readouterr().out


def test_several_artifacts_ask_the_original_once(
    tuned: TunedModel, demo_run: Path, digits: Path, printed_json: Printed, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(demo_run / "artifacts" / name) for name in ("tflite-fp32", "onnx-fp32")]
    words = ["parity", str(tuned.path), *paths, "--data", str(digits)]
    assert main([*words, "--json"]) == 0
    document = printed_json()
    check_document(document, "comparisons")
    assert [entry["artifact"] for entry in document["comparisons"]] == paths
    assert [entry["verdict"] for entry in document["comparisons"]] == ["pass", "pass"]
    assert document["failures"] == []
    assert main([*words, "--runtime", "onnxruntime"]) == 2  # which does not run the first
    shown = capsys.readouterr().out
    assert "tflite-fp32: onnxruntime does not run" in " ".join(shown.split())
    assert "onnx-fp32 pass" in " ".join(shown.split())
