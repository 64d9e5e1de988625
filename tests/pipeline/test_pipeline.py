from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.output.runs import run as print_run
from edgekit.data.splits import split_data
from edgekit.data.tables import TableSamples
from edgekit.documents.bench import BenchReport
from edgekit.errors import OutputError, SessionError
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.pipeline import pipeline
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe


@pytest.fixture(scope="module")
def document(demo_run: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((demo_run / "report.json").read_text())
    return value


def test_every_variant_is_built_and_judged(document: dict[str, Any], demo_run: Path) -> None:
    wanted = load_recipe(demo_run / "source" / "digits.toml").variants
    assert [entry["variant"] for entry in document["artifacts"]] == [str(variant) for variant in wanted]
    for entry in document["artifacts"]:
        assert entry["status"] == "built", entry["error"]
        assert entry["parity"]["verdict"] in ("pass", "fail", "inconclusive")
        assert entry["parity"]["task"]["reference"] > 0.9
        assert entry["latency"]["p50"] > 0


def test_files_of_a_run(demo_run: Path, document: dict[str, Any]) -> None:
    assert (demo_run / "model" / "saved_model.pb").is_file()
    assert (demo_run / "model" / "contract.json").is_file()
    for entry in document["artifacts"]:
        artifact = load_artifact(demo_run / entry["path"])
        assert artifact.bytes == entry["bytes"]
        assert artifact.digest() == f"sha256:{entry['sha256']}"


def test_reports_say_the_same(demo_run: Path, document: dict[str, Any]) -> None:
    page = (demo_run / "report.html").read_text()
    cases = ET.parse(demo_run / "junit.xml").getroot().iter("testcase")
    verdicts = {case.get("name", ""): {child.tag for child in case} for case in cases}
    for entry in document["artifacts"]:
        assert entry["variant"] in page
        tags = next(tags for name, tags in verdicts.items() if entry["variant"] in name)
        assert ("failure" in tags) == (entry["parity"]["verdict"] == "fail")


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8"])
def test_tflite_numbers_are_those_of_a_bare_interpreter(
    demo_run: Path, held_out: TableSamples, document: dict[str, Any], variant: str
) -> None:
    from ai_edge_litert.interpreter import Interpreter
    from PIL import Image

    interpreter = Interpreter(model_path=str(demo_run / "artifacts" / variant / "model.tflite"))
    runner = interpreter.get_signature_runner("serving_default")
    samples = held_out
    right = 0
    for file, label in zip(samples.columns[""].cells, samples.labels or (), strict=True):
        pixels = np.asarray(Image.open(file).convert("RGB"), np.float32)[None] / np.float32(255)
        right += int(runner(image=pixels)["probabilities"].argmax() == label)
    task = next(e for e in document["artifacts"] if e["variant"] == variant)["parity"]["task"]
    assert task["candidate"] == pytest.approx(right / len(samples))


def test_onnx_numbers_are_those_of_a_bare_session(
    demo_run: Path, held_out: TableSamples, document: dict[str, Any]
) -> None:
    import onnxruntime
    from PIL import Image

    session = onnxruntime.InferenceSession(str(demo_run / "artifacts" / "onnx-int8" / "model.onnx"))
    samples = held_out
    batch = (
        np.stack([np.asarray(Image.open(file).convert("RGB"), np.float32) for file in samples.columns[""].cells]) / 255
    )
    answers = session.run(["probabilities"], {"image": batch.astype(np.float32)})[0].argmax(1)
    task = next(e for e in document["artifacts"] if e["variant"] == "onnx-int8")["parity"]["task"]
    assert task["candidate"] == pytest.approx(float((answers == np.asarray(samples.labels)).mean()), abs=0.003)


def test_held_out_photos_are_not_trained_on(demo_run: Path) -> None:
    recipe = load_recipe(demo_run / "source" / "digits.toml")
    split = split_data(recipe.data, recipe.base, lambda done, total: None)
    assert split.train is not None
    assert not set(split.train.names) & set(split.held_out.names)


def small_run(demo_run: Path, folder: Path) -> Path:
    """Write a recipe of few photos and variants, on the demo's module."""
    source = demo_run / "source"
    for place in sorted((source / "digits").iterdir())[:3]:
        (folder / "digits" / place.name).mkdir(parents=True)
        for file in sorted(place.iterdir())[:24]:
            shutil.copy(file, folder / "digits" / place.name)
    recipe = folder / "small.toml"
    text = (source / "digits.toml").read_text().replace('"module"', json.dumps(str(source / "module")))
    start = text.index("build = [")
    text = text[:start] + 'build = ["tflite-int8", "onnx-fp32"]\n' + text[text.index("calibration") :]
    recipe.write_text(text)
    return recipe


@pytest.fixture(scope="module")
def undisturbed(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `small.toml` and, in `out`, its whole run. Tests copy it and do not change it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run(load_recipe(small_run(demo_run, folder)), folder / "out")
    return folder


def digests(out: Path) -> dict[str, str]:
    return {path.name: load_artifact(path).digest() for path in sorted((out / "artifacts").iterdir())}


def test_a_run_that_is_killed_ends_with_the_same_artifacts(undisturbed: Path, tmp_path: Path) -> None:
    recipe = undisturbed / "small.toml"
    expected = digests(undisturbed / "out")
    assert list(expected) == ["onnx-fp32", "tflite-int8"]
    out = tmp_path / "killed"
    for wanted in ("model", "artifacts/tflite-int8"):
        child = subprocess.Popen(
            [sys.executable, "-m", "edgekit", "run", str(recipe), "--out", str(out)],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while not (out / wanted).exists() and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert (out / wanted).exists()
    run(load_recipe(recipe), out)
    assert digests(out) == expected
    assert not list(out.glob(".edgekit-*"))
    assert not list((out / "artifacts").glob(".edgekit-*"))


def test_an_interrupt_exits_with_130(demo_run: Path, tmp_path: Path) -> None:
    recipe = small_run(demo_run, tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-m", "edgekit", "run", str(recipe), "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "out" / ".edgekit").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 130
    assert "run the same command again" in errors
    assert "Traceback" not in errors


def test_what_is_there_is_kept(undisturbed: Path, tmp_path: Path) -> None:
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    recipe, out = tmp_path / "small.toml", tmp_path / "out"
    before = {path: path.stat().st_mtime_ns for path in (out / "artifacts").rglob("*") if path.is_file()}
    trained = (out / "model" / "saved_model.pb").stat().st_mtime_ns
    run(load_recipe(recipe), out)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (out / "model" / "saved_model.pb").stat().st_mtime_ns == trained
    recipe.write_text(recipe.read_text().replace("epochs = 15", "epochs = 2"))
    run(load_recipe(recipe), out)  # what does change is made anew
    assert (out / "model" / "saved_model.pb").stat().st_mtime_ns != trained


def test_a_second_run_in_the_same_folder_is_refused(demo_run: Path, tmp_path: Path) -> None:
    from filelock import FileLock

    recipe = small_run(demo_run, tmp_path)
    work = tmp_path / "out" / ".edgekit"
    work.mkdir(parents=True)
    with FileLock(work / "lock"), pytest.raises(OutputError, match="another run is working"):
        run(load_recipe(recipe), tmp_path / "out")


def test_a_finished_model_in_place_of_training(tuned: TunedModel, digits: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "finished.toml"
    recipe.write_text(
        f'name = "finished"\nmodel = {json.dumps(str(tuned.path))}\n[data]\ntest = {json.dumps(str(digits))}\n'
        '[variants]\nbuild = ["tflite-fp16"]\n'
    )
    document = run(load_recipe(recipe), tmp_path / "out").to_json()
    assert document["model"]["training"] is None
    assert document["artifacts"][0]["parity"]["verdict"] == "pass"
    assert document["data"]["held_out_role"] == "test"


def test_why_a_latency_is_missing_is_said(
    demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(artifact: Artifact, *, runs: int) -> BenchReport:
        raise SessionError("the clock stopped")

    shutil.copytree(demo_run, tmp_path / "run", symlinks=True)
    monkeypatch.setattr(pipeline, "bench", broken)
    report = run(load_recipe(tmp_path / "run" / "source" / "digits.toml"), tmp_path / "run")
    assert {entry.latency for entry in report.artifacts} == {None}
    assert {entry.latency_error for entry in report.artifacts} == {"the clock stopped"}
    assert report.verdict == "pass"  # how fast it is decides nothing
    for name in ("report.html", "report.json", "summary.md"):
        assert "the clock stopped" in (tmp_path / "run" / name).read_text(encoding="utf-8")
    print_run(report, tmp_path / "run")
    assert "latency not measured: the clock stopped" in " ".join(capsys.readouterr().out.split())


def test_a_latency_that_is_there_has_no_reason(document: dict[str, Any]) -> None:
    assert not any("latency_error" in entry for entry in document["artifacts"])
