"""Another interpreter on this machine answers as this one does; what goes wrong there is told here."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.data.loading import load_samples
from edgekit.errors import ReachError, SessionError
from edgekit.evaluation.parity import parity
from edgekit.inference.latency import bench
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.original.finished import load_model
from edgekit.remote import connection
from edgekit.remote.address import parse_address
from edgekit.remote.connection import Connection, connection_of
from tests.lab.crash import write_crashing_model

HERE = f"popen:{sys.executable}"


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with nothing installed."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return f"popen:{folder / 'bin' / 'python'}"


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8", "tflite-int8full", "onnx-fp32", "onnx-int8"])
def test_it_answers_as_this_process_does(variant: str, demo_run: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / variant)
    photos = np.random.default_rng(0).random((5, 32, 32, 3), np.float32)
    with open_session(artifact) as here, open_session(artifact, device=HERE) as there:
        assert there.runtime == here.runtime
        for batch in (photos, photos[:2]):
            np.testing.assert_array_equal(
                here.run(image=batch)["probabilities"], there.run(image=batch)["probabilities"]
            )
        with pytest.raises(SessionError, match="no input 'imgae'"):
            there.run(imgae=photos)


def test_parity_is_the_same(demo_run: Path, digits: Path) -> None:
    model, artifact = load_model(demo_run / "model"), load_artifact(demo_run / "artifacts" / "tflite-int8")
    found = [
        parity(model, artifact, data=load_samples(digits), placement=Placement(device=device)).to_json()
        for device in ("host", HERE)
    ]
    assert [value.pop("device") for value in found] == ["host", HERE]
    assert found[0] == found[1]


def test_bench_says_where(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["bench", str(demo_run / "artifacts" / "tflite-int8"), "--device", HERE, "--runs", "5", "--json"])
    value = json.loads(capsys.readouterr().out)
    assert code == 0
    here = bench(demo_run / "artifacts" / "tflite-int8", runs=5)
    assert list(here.to_json()) == list(value)
    assert value["device"] == HERE
    assert value["latency_ms"]["min"] > 0
    assert value["first_ms"] > 0
    assert value["load_ms"] > 0
    assert value["peak_rss_bytes"] > 10_000_000
    assert set(value["before"]) == {"celsius", "mhz", "throttled"}


def test_doctor_says_what_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--device", HERE, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    parts = {part["name"]: part for part in value["parts"]}
    assert value["device"] == "host"
    assert parts["ai-edge-litert"]["version"]
    assert parts["tflite-runtime"] == {
        "name": "tflite-runtime",
        "version": None,
        "install": "pip install tflite-runtime",
    }
    assert set(parts) >= {"libvulkan", "libedgetpu"}
    assert main(["doctor", "--device", HERE]) == 0
    assert "no" in capsys.readouterr().out


def test_an_interpreter_without_numpy(bare_python: str, demo_run: Path) -> None:
    with (
        pytest.raises(ReachError, match="has no numpy"),
        open_session(demo_run / "artifacts" / "tflite-fp32", device=bare_python),
    ):
        pass


def test_a_model_that_the_interpreter_does_not_take(tmp_path: Path) -> None:
    broken = tmp_path / "model.tflite"
    broken.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(100))
    with pytest.raises(SessionError, match="litert cannot load"), open_session(broken, device=HERE):
        pass


def test_a_process_that_ends_is_told(demo_run: Path) -> None:
    with reached(HERE) as device:
        with contextlib.suppress(EOFError):
            device._channel.gateway.remote_exec("import os; os._exit(1)").waitclose()
        with pytest.raises(ReachError, match="the process there ended"):
            device.ask("run", model=0, feeds={})


def test_a_model_that_crashes_the_interpreter_is_told(tmp_path: Path) -> None:
    path = write_crashing_model(tmp_path / "crash.tflite")
    with (
        pytest.raises(ReachError, match="the process there ended while it loaded the model: it crashed"),
        open_session(path, device=HERE),
    ):
        pass


def test_what_arrives_is_checked() -> None:
    with reached(HERE) as device:
        with pytest.raises(RuntimeError, match="the digest differs"):
            device.ask("keep", digest="0" * 64, data=b"other")
        with pytest.raises(RuntimeError, match="no digest"):
            device.ask("missing", digests=["../../etc/passwd"])


@contextlib.contextmanager
def reached(address: str) -> Iterator[Connection]:
    parsed = parse_address(address)
    with parsed.transport.connect(parsed) as device:
        yield connection_of(device)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return f"popen:{path}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('echo Welcome\nexec {python} "$@"', "prints something before Python starts"),
        ("printf '\\033]0;owned\\007\\033[31mno\\n' >&2; exit 3", r"cannot be reached: \]0;owned +\[31mno$"),
        ("exit 0", "does not answer as Python does"),
        ("exec sleep 20", "nothing came within 1 s"),
    ],
)
def test_what_is_no_python_is_told(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "sleep" in text:
        monkeypatch.setattr(connection, "START_TIMEOUT", 1.0)
    address = script(tmp_path / "python", text.format(python=sys.executable))
    with pytest.raises(ReachError, match=message) as raised, reached(address):
        pass
    assert str(raised.value).isprintable()
