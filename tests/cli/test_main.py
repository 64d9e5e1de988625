"""The command line: its help, its exit codes, and errors that fit a terminal and a pipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgekit._version import __version__
from edgekit.cli.main import main
from edgekit.system.progress import interrupts, progress


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
    ("arguments", "reason"),
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
    reason: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, "--json"]) == 2
    captured = capsys.readouterr()
    assert reason in captured.err
    assert "Traceback" not in captured.err
    assert json.loads(captured.out)["exit_code"] == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_is_not_lost() -> None:
    class Cleaned:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)  # an interrupt that comes now is printed, and forgotten

    steps = []
    with pytest.raises(KeyboardInterrupt), interrupts(), progress("work") as advance:  # noqa: PT012
        Cleaned()
        steps.append("went on")
        advance(1, 2, "")
        steps.append("went on still")
    assert steps == ["went on"]
    with interrupts(), progress("work") as advance:
        advance(1, 1, "")  # the next is not interrupted


def test_an_unknown_option_names_its_commands_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "x", "y", "--input", "z"]) == 2
    message = capsys.readouterr().err
    assert "unrecognized arguments: --input" in message
    assert "try: edgekit predict --help" in message


def test_an_error_fits_a_terminal_and_is_one_line_in_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a folder that has rather a long name" / "and one in it that is longer still"
    words = ["plan", str(folder), "--delegate", "gpu"]
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(words) == 2
    message = capsys.readouterr().err.splitlines()
    assert len(message) > 1
    assert message[1].startswith("  ")
