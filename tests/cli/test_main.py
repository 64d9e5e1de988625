from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgekit._version import __version__
from edgekit.cli.main import main
from edgekit.data.tables import TableSamples
from edgekit.models.tuned_model import TunedModel
from edgekit.system.progress import interrupts, progress


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the one JSON object on stdout."""
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"edgekit {__version__}\n"
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from edgekit.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'rich', 'tensorflow', 'PIL', 'requests') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2


def test_an_unknown_command_says_where_help_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["covnert"])
    assert exit_.value.code == 2
    assert "edgekit --help" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["run", "nowhere.toml", "--out", "out"], "cannot read the recipe nowhere.toml"),
        (["inspect", "./nowhere"], "./nowhere"),
        (["convert", "./nowhere", "tflite-int9", "--out", "out"], "did you mean 'tflite-int8'?"),
        (["bench", "nowhere.tflite"], "no artifact at"),
        (["parity", "./nowhere", "x", "--data", "y"], "./nowhere"),
        (["parity", "m", "a", "--data", "y", "--max-drop", "7"], "--max-drop is between 0 and 1"),
        (["devices", "hots"], "did you mean 'host'?"),
        (["bench", "x", "--device", "hots"], "did you mean 'host'?"),
    ],
)
def test_bad_input_exits_with_2(
    arguments: list[str],
    needed: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, "--json"]) == 2
    captured = capsys.readouterr()
    assert needed in captured.err
    assert "Traceback" not in captured.err
    assert json.loads(captured.out)["exit_code"] == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["name = = 1", "name = 'x'\n[inputs.image]\nmodule = 'm'\n[data]\ntrian = 'd'\n"])
def test_a_bad_recipe_is_named(text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recipe = tmp_path / "bad.toml"
    recipe.write_text(text)
    assert main(["run", str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert str(recipe) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written(
    tuned: TunedModel, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["convert", str(tuned.path), "onnx-fp32", "--out", str(tmp_path / "file" / "out")]) == 2
    assert f"cannot write to {tmp_path / 'file' / 'out'}" in capsys.readouterr().err


def test_convert_bench_and_parity(
    tuned: TunedModel, digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["convert", str(tuned.path), "tflite-int8full", "--data", str(digits), "--out", str(tmp_path), "--json"]
    assert main(command) == 0
    entry = said(capsys)["artifacts"][0]
    assert entry["status"] == "built"
    assert entry["bytes"] == (Path(entry["path"]) / "model.tflite").stat().st_size
    assert main(["bench", entry["path"], "--runs", "5", "--json"]) == 0
    measured = said(capsys)
    keys = {"variant", "runtime", "device", "delegate", "threads", "runs", "latency_ms", "load_ms", "first_ms"}
    assert keys | {"peak_rss_bytes", "measured_on"} <= set(measured)
    assert set(measured["latency_ms"]) == {"min", "p50", "p90", "p99", "mean"}
    command = ["parity", str(tuned.path), entry["path"], "--data", str(digits), "--max-drop", "0.05", "--json"]
    assert main(command) == 0
    report = said(capsys)
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
    import shutil

    for file in map(Path, held_out.columns[""].cells):
        place = tmp_path / "few" / file.parent.name
        if not place.exists():
            place.mkdir(parents=True)
            shutil.copy(file, place)
    artifact = str(demo_run / "artifacts" / "onnx-fp16")
    assert main(["parity", str(tuned.path), artifact, "--data", str(tmp_path / "few")]) == 3
    assert "samples in all would decide" in capsys.readouterr().out
    swapped = tmp_path / "swapped"  # the same photos under each other's names: no answer can be right, and so no drop
    names = sorted(path.name for path in (tmp_path / "few").iterdir())
    for name, other in zip(names, names[1:] + names[:1], strict=True):
        shutil.copytree(tmp_path / "few" / name, swapped / other)
    assert main(["parity", str(tuned.path), artifact, "--data", str(swapped)]) == 3


def test_calibration_needs_samples(tuned: TunedModel, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["convert", str(tuned.path), "tflite-int8", "--out", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "calibration needs real samples" in message
    assert "give [data] train in the recipe, or --data PATH" in message


def test_a_missing_runtime_exits_with_4(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-fp32")
    assert main(["bench", artifact, "--runtime", "tflite_runtime"]) == 4
    assert "pip install 'edgekit[tflite]'" in capsys.readouterr().err


def test_devices_and_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--json"]) == 0
    assert "host" in said(capsys)["devices"]
    assert main(["doctor", "--json"]) == 0
    value = said(capsys)
    assert {"edgekit", "python", "machine", "parts"} <= set(value)
    edge_tpu = next(part for part in value["parts"] if part["name"] == "libedgetpu")
    assert "--delegate edgetpu" in edge_tpu["install"]
    assert main(["doctor"]) == 0
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_is_not_lost() -> None:
    class Cleaned:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)  # an interrupt that comes now is printed, and forgotten

    told = []
    with pytest.raises(KeyboardInterrupt), interrupts(), progress("work") as advance:  # noqa: PT012
        Cleaned()
        told.append("went on")
        advance(1, 2, "")
        told.append("went on still")
    assert told == ["went on"]
    with interrupts(), progress("work") as advance:
        advance(1, 1, "")  # the next is not interrupted


def test_an_unknown_option_names_its_commands_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "x", "y", "--input", "z"]) == 2
    told = capsys.readouterr().err
    assert "unrecognized arguments: --input" in told
    assert "try: edgekit predict --help" in told


def test_an_artifact_in_the_originals_place_is_told(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-int8")
    assert main(["parity", artifact, str(demo_run / "model"), "--data", "x"]) == 2
    told = capsys.readouterr().err
    assert "is an artifact: the original comes first" in told
    assert "--against" in told


def test_an_error_fits_a_terminal_and_is_one_line_in_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a folder that has rather a long name" / "and one in it that is longer still"
    words = ["plan", str(place), "--delegate", "gpu"]
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(words) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) > 1
    assert told[1].startswith("  ")
