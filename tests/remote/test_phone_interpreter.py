"""A phone behind Google's own adb: outputs and times come from benchmark_model, and each failure is told."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.data.loading import load_samples
from edgekit.errors import DelegateError, ReachError, SessionError
from edgekit.evaluation.parity import parity
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.original.finished import load_model
from edgekit.remote import adb
from edgekit.remote.address import parse_address
from tests.lab.build import build_delegate, has_compiler
from tests.lab.phone import LabPhone, has_adb, lab_phone, make_tool

pytestmark = [
    pytest.mark.skipif(not has_adb(), reason="adb is not installed: apt-get install adb"),
    pytest.mark.xdist_group("adb"),
]


@pytest.fixture(scope="module")
def shared_phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabPhone]:
    with lab_phone(tmp_path_factory.mktemp("phone")) as phone:
        yield phone


@pytest.fixture
def phone(shared_phone: LabPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabPhone:
    """The phone, with an empty folder."""
    for name, value in shared_phone.environment.items():
        monkeypatch.setenv(name, value)
    use_folder(tmp_path / "on-the-phone", monkeypatch)
    return shared_phone


def use_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adb, "FOLDER", str(folder))
    monkeypatch.setenv("EDGEKIT_PHONE_FOLDER", str(folder))  # of child processes


@pytest.fixture
def tool(tmp_path: Path) -> str:
    return str(make_tool(tmp_path))


def faulty(folder: Path, change: str) -> str:
    """A tool whose output was changed by a command of sed."""
    made = make_tool(folder)
    real = made.rename(folder / "real")
    script = (
        f'#!/bin/sh\n{{ {real} "$@" 2>&1; echo $? > {folder}/code; }} | sed -E {change!r}\nexit $(cat {folder}/code)\n'
    )
    made.write_text(script)
    made.chmod(0o755)
    return str(made)


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8", "tflite-int8full"])
def test_it_answers_as_this_machine_does(variant: str, phone: LabPhone, tool: str, demo_run: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / variant)
    photos = np.random.default_rng(0).random((3, 32, 32, 3), np.float32)
    with (
        open_session(artifact) as here,
        open_session(artifact, device=f"adb:{phone.serial}", benchmark_model=tool) as there,
    ):
        assert there.runtime == "benchmark_model"
        for ask in ("run", "run_each"):
            found, wanted = (getattr(session, ask)(image=photos)["probabilities"] for session in (there, here))
            np.testing.assert_allclose(found, wanted, atol=1e-6)
    left = [path.name for path in Path(adb.FOLDER).iterdir()]
    assert len(left) == 2  # the model and the tool; inputs and outputs are gone


def test_parity_and_what_is_sent_again(phone: LabPhone, tool: str, demo_run: Path, digits: Path) -> None:
    model, artifact = load_model(demo_run / "model"), load_artifact(demo_run / "artifacts" / "tflite-int8")
    few = load_samples(digits).take(range(0, 1300, 200))
    here, there = (
        parity(model, artifact, data=few, placement=placement).to_json()
        for placement in (Placement(), Placement(device=f"adb:{phone.serial}", benchmark_model=tool))
    )
    assert there["runtime"] == "benchmark_model"
    assert there["task"] == here["task"]
    with open_session(artifact, device=f"adb:{phone.serial}", benchmark_model=tool) as session:
        sent = session.interpreter.phone.sent  # type: ignore[attr-defined]
    assert sent < 32 * 32 * 3 * 4 + 1  # the zeros of the first run: neither model nor tool


def test_bench_says_what_the_tool_says(
    phone: LabPhone, tool: str, demo_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-int8")
    words = ["--device", "adb:", "--benchmark-model", tool, "--runs", "7", "--delegate", "xnnpack", "--cpus", "0"]
    assert main(["bench", artifact, *words, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["runtime"] == "benchmark_model"
    times = value["latency_ms"]
    assert 0 < times["min"] <= times["p50"] <= times["p90"] <= times["p99"]
    assert value["runs"] == 7
    assert value["peak_rss_bytes"] > 10_000_000
    assert 3 < value["delegation"]["nodes"] <= value["delegation"]["total"]
    assert "executed by the delegate" in value["delegation"]["proof"]
    assert "Lab Stand-in" in value["measured_on"]
    assert main(["bench", artifact, *words]) == 0
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


@pytest.mark.skipif(not has_compiler(), reason="no C compiler is installed")
def test_a_delegate_of_the_vendor(phone: LabPhone, tool: str, sums: Path, tmp_path: Path) -> None:
    library, artifact = build_delegate(tmp_path), sums
    settings = {"device": f"adb:{phone.serial}", "benchmark_model": tool, "delegate": f"external:{library}"}
    values = np.asarray([[1, 2, 3, 4]], np.float32)
    with open_session(artifact) as here:
        wanted = here.run(x=values)["y"]
    with open_session(artifact, **settings, delegate_options=["ops=0,18"]) as there:  # type: ignore[arg-type]
        assert there.delegation is not None
        assert (there.delegation.nodes, there.delegation.total) == (4, 5)
        assert there.delegation.partitions == 2
        np.testing.assert_allclose(there.run(x=values)["y"], wanted, rtol=1e-6)
    with open_session(artifact, **settings, delegate_options=["ops=0,18", "scale=2"]) as there:  # type: ignore[arg-type]
        assert np.abs(there.run(x=values)["y"] - wanted).max() > 1  # its numbers are those of the delegate
    with (
        pytest.raises(DelegateError, match="will not be executed by the delegate"),
        open_session(artifact, **settings, delegate_options=["ops="]),  # type: ignore[arg-type]
    ):
        pass
    with (
        pytest.raises(DelegateError, match=r"benchmark_model failed: .*lab delegate: asked to fail in create"),
        open_session(artifact, **settings, delegate_options=["fail=create"]),  # type: ignore[arg-type]
    ):
        pass


@pytest.mark.parametrize("delegate", ["gpu", "nnapi"])
def test_a_phone_without_the_accelerator(delegate: str, phone: LabPhone, tool: str, demo_run: Path) -> None:
    artifact, settings = demo_run / "artifacts" / "tflite-fp32", {"device": "adb:", "benchmark_model": tool}
    with (
        pytest.raises(DelegateError, match="will not be executed by the delegate"),
        open_session(artifact, delegate=delegate, **settings),  # type: ignore[arg-type]
    ):
        pass
    with open_session(artifact, delegate=delegate, fallback=True, **settings) as session:  # type: ignore[arg-type]
        assert session.delegation is None
        assert "will not be executed" in str(session.fallback)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("s/^INFO: count=/INFO: runs=/", "no timings in a way that is known"),
        ("s/Inference timings in us/Times/", "no timings in a way that is known"),
        ("s/count=2/count=3/", "3 runs, where 2 were asked for"),
        ("s/Explicitly applied/Applied/", "not whether the delegate was applied in a way that is known"),
    ],
)
def test_another_format_is_an_error(
    change: str, message: str, phone: LabPhone, demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--device", "adb:", "--benchmark-model", faulty(tmp_path, change), "--runs", "7", "--delegate", "xnnpack"]
    assert main(["bench", str(demo_run / "artifacts" / "tflite-fp32"), *words]) == 2
    assert message in capsys.readouterr().err


def test_outputs_of_another_size(phone: LabPhone, demo_run: Path, tmp_path: Path) -> None:
    made = make_tool(tmp_path)
    made.write_text(made.read_text().replace(".tobytes())", ".tobytes()[:-4])"))
    with (
        pytest.raises(SessionError, match="wrote 36 bytes of outputs, not 40"),
        open_session(demo_run / "artifacts" / "tflite-fp32", device="adb:", benchmark_model=str(made)),
    ):
        pass


def test_a_phone_without_the_tool_says_where_it_is(phone: LabPhone, demo_run: Path) -> None:
    with (
        pytest.raises(ReachError, match=r"has no /data/local/tmp/benchmark_model: get it from https://ai\.google\.dev"),
        open_session(demo_run / "artifacts" / "tflite-fp32", device="adb:"),
    ):
        pass
    with pytest.raises(ReachError, match="a phone, which runs tflite files only, not onnx"):
        open_onnx(demo_run)


def open_onnx(demo_run: Path) -> None:
    with open_session(demo_run / "artifacts" / "onnx-fp32", device="adb:", benchmark_model=__file__):
        pass


def test_doctor_says_what_it_lacks(phone: LabPhone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--device", "adb:"]) == 0
    shown = capsys.readouterr().out
    assert "Lab Stand-in" in shown
    assert "https://ai.google.dev" in shown


def test_it_keeps_a_few_models_only(phone: LabPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adb, "MOST", 2)
    found = adb.find_phone(parse_address("adb:"))
    found.shell("mkdir", "-p", adb.FOLDER)
    paths = [Path(found.keep(bytes([number]))) for number in range(2)]
    os.utime(paths[1], (0, 0))
    assert found.keep(bytes([0])) == str(paths[0])  # used again
    found.keep(bytes([2]))
    assert [path.exists() for path in paths] == [True, False]


def test_which_phone(phone: LabPhone, tmp_path: Path, demo_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = demo_run / "artifacts" / "tflite-fp32"

    def refused(device: str) -> str:
        with pytest.raises(ReachError) as raised, open_session(artifact, device=device):
            pass
        return str(raised.value)

    assert f"it knows: adb:{phone.serial}" in refused("adb:R58M12ABCDE")
    server = int(phone.environment["ANDROID_ADB_SERVER_PORT"])
    with lab_phone(tmp_path / "second", "unauthorized", server=server) as second:
        known = ", ".join(f"adb:{each.serial}" for each in sorted((phone, second), key=lambda one: one.serial))
        assert f"name one of {known}" in refused("adb:")
        assert "has not allowed this computer" in refused(f"adb:{second.serial}")
        phone.adb("disconnect", second.serial)
    phone.adb("disconnect", phone.serial)
    try:
        assert "finds no phone" in refused("adb:")
    finally:
        phone.adb("connect", phone.serial)
    monkeypatch.setattr(shutil, "which", lambda name, **more: None)
    assert "needs adb: apt-get install adb" in refused("adb:")


def test_a_phone_that_is_unplugged(tool: str, demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_folder(tmp_path / "on-the-phone", monkeypatch)
    with lab_phone(tmp_path / "other") as other:
        for name, value in other.environment.items():
            monkeypatch.setenv(name, value)
        artifact = demo_run / "artifacts" / "tflite-fp32"
        with open_session(artifact, device="adb:", benchmark_model=tool) as session:
            other.process.kill()
            other.process.wait()
            with pytest.raises(ReachError, match=r"adb:127.* .*(not found|offline|closed|no devices)"):
                session.run(image=np.zeros((1, 32, 32, 3), np.float32))
