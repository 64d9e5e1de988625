"""What completes commands is made of the parser, and a real shell completes by it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from edgekit.cli.main import main


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", "bash"]) == 0
    file = tmp_path / "edgekit.bash"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    return file


def completed(script: Path, *words: str) -> set[str]:
    """Return what bash offers for the last of some words."""
    line = " ".join(words)
    program = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; '
        'read -r -a spec <<< "$(complete -p edgekit)"; '
        "for ((i = 0; i < ${#spec[@]}; i++)); do [[ ${spec[i]} == -F ]] && handler=${spec[i+1]}; done; "
        'COMPREPLY=(); "$handler" edgekit "${COMP_WORDS[COMP_CWORD]}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    bash = shutil.which("bash")
    assert bash is not None, line
    output = subprocess.run(
        [bash, "-c", program, "bash", str(script), *words], capture_output=True, text=True, check=True
    )
    return set(output.stdout.split())


def test_commands_are_completed(script: Path) -> None:
    assert completed(script, "edgekit", "pa") == {"parity"}
    assert completed(script, "edgekit", "xyz") == set()


def test_options_are_completed(script: Path) -> None:
    assert "--max-drop" in completed(script, "edgekit", "parity", "--max")
    assert "--max-drop" not in completed(script, "edgekit", "bench", "--max")


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_every_shell_has_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["shell"] == shell
    assert all(name in document["script"] for name in ("reproduce", "verify", "search"))


def test_another_shell_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["completion", "csh"])
    assert caught.value.code == 2
    assert "did you mean" in capsys.readouterr().err
