"""Commands about what ships: keys and originals are checked before anything is made, and every device has a say."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.cli.main import main
from tests.cli.commands.conftest import Printed


@pytest.fixture(scope="module")
def bundle(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "digits.edgekit"
    assert main(["bundle", str(demo_run / "artifacts" / "onnx-fp32"), "--out", str(path)]) == 0
    return path


@pytest.mark.parametrize("words", [["--model", "m"], ["--data", "d"]])
def test_an_original_and_its_samples_go_together(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", "nowhere", "--out", str(tmp_path / "b"), *words]) == 2
    assert "--model and --data go together" in capsys.readouterr().err


def test_a_key_that_cannot_sign_is_told_before_a_bundle_is_made(
    demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key.pem").write_text("no key")
    artifact, out = str(demo_run / "artifacts" / "onnx-fp32"), tmp_path / "b.edgekit"
    assert main(["bundle", artifact, "--out", str(out), "--sign", str(tmp_path / "key.pem")]) == 2
    assert "key.pem" in capsys.readouterr().err
    assert not out.exists()


def test_a_bundle_is_verified_and_a_changed_one_is_not(
    bundle: Path, tmp_path: Path, printed_json: Printed, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["verify", str(bundle), "--json"]) == 0
    assert printed_json()["ok"] is True
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "changed.edgekit").write_bytes(bytes(content))
    assert main(["verify", str(tmp_path / "changed.edgekit")]) == 1
    assert "BAD" in capsys.readouterr().out


def test_what_cannot_be_reproduced_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.edgekit").write_text("no bundle")
    assert main(["reproduce", str(tmp_path / "no.edgekit"), "--out", str(tmp_path / "again")]) == 2
    assert "no.edgekit" in capsys.readouterr().err
    assert not (tmp_path / "again").exists()


def test_what_is_said_of_an_original_needs_one(
    demo_run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-fp32")
    assert main(["bundle", artifact, "--out", str(tmp_path / "b"), "--range", "0", "1"]) == 2
    assert "name it by --model" in capsys.readouterr().err
