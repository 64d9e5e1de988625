"""Delegates run in a process of their own: what they ran is proven, and what they cannot do is told."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from edgekit.adapters.delegate import delegate_names, parse_delegate
from edgekit.cli.main import main
from edgekit.errors import DelegateError, EdgekitError, ReachError, SessionError
from edgekit.evaluation.parity import parity
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.remote.connection import Connection
from edgekit.system import registry
from edgekit.system.optional import installed_version
from tests.lab.build import build_delegate, has_compiler

X = np.asarray([[1, 2, 3, 4]], np.float32)
VULKAN = os.environ.get("VK_ICD_FILENAMES")
needs_compiler = pytest.mark.skipif(not has_compiler(), reason="no C compiler is installed")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"external:{build_delegate(tmp_path_factory.mktemp('delegate'))}"


@pytest.mark.parametrize("name", delegate_names())
def test_every_delegate_offers_the_protocol(name: str) -> None:
    delegate = parse_delegate("external:lib.so" if name == "external" else name)
    adapter = delegate.adapter
    assert set(adapter.RUNTIMES) <= set(registry.names("runtimes"))
    assert isinstance(adapter.NOTE, str)
    assert isinstance(adapter.HELP, str)
    assert all(flag.startswith("--") for flag in adapter.flags(delegate))
    if name != "nnapi":
        assert set(adapter.settings(delegate)) in ({"library", "options"}, {"precision"})


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("gup", [], "no delegate 'gup'; did you mean 'gpu'"),
        ("gpu:fp23", [], "no precision 'fp23'; did you mean 'fp32'"),
        ("gpu", ["fast=1"], "gpu has no option 'fast'"),
        ("xnnpack:4", [], "xnnpack takes nothing behind the colon"),
        ("edgetpu:usbb", [], "an Edge TPU is usb, pci, or a number"),
        ("external", [], "name the library, as external:"),
        ("external:lib.so", ["ops"], "say it as KEY=VALUE"),
    ],
)
def test_what_makes_no_sense_is_told(text: str, options: list[str], message: str) -> None:
    with pytest.raises(EdgekitError, match=message):
        parse_delegate(text, options)


@needs_compiler
@pytest.mark.parametrize("device", ["host", f"popen:{sys.executable}"])
def test_what_it_ran_is_proven(device: str, library: str, sums: Path) -> None:
    with open_session(sums) as plain:
        wanted = plain.run(x=X)["y"]
    with open_session(sums, delegate=library, delegate_options=["ops=0,18"], device=device) as session:
        assert session.delegation is not None
        assert (session.delegation.nodes, session.delegation.total, session.delegation.partitions) == (4, 5, 2)
        assert session.delegation.proof == "the interpreter lists 2 partitions of libdelegate.so"
        np.testing.assert_allclose(session.run(x=X)["y"], wanted, rtol=1e-6)
    with open_session(sums, delegate=library, delegate_options=["ops=0,18", "scale=2"], device=device) as session:
        assert np.abs(session.run(x=X)["y"] - wanted).max() > 1  # its numbers are those of the delegate


def test_xnnpack_by_name_has_to_take_something(sums: Path) -> None:
    with open_session(sums, delegate="xnnpack") as session:
        assert session.delegation is not None
        assert session.delegation.nodes > 0


@needs_compiler
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["ops="], "libdelegate.so takes none of the model's 5 operators"),
        (["fail=create"], "cannot be loaded: lab delegate: asked to fail in create"),
        (["ops=0", "fail=prepare"], r"does not take the model: Node number \d+ \(LabDelegate\) failed to prepare"),
    ],
)
def test_what_it_cannot_do_is_told_or_falls_back(options: list[str], message: str, library: str, sums: Path) -> None:
    with pytest.raises(DelegateError, match=message), open_session(sums, delegate=library, delegate_options=options):
        pass
    with open_session(sums, delegate=library, delegate_options=options, fallback=True) as session:
        assert session.delegation is None
        assert session.fallback is not None
        assert session.run(x=X)["y"].shape == (1, 4)


@needs_compiler
def test_what_fails_while_it_runs_never_falls_back(library: str, sums: Path) -> None:
    with open_session(sums, delegate=library, delegate_options=["ops=0", "fail=invoke"], fallback=True) as session:
        assert session.delegation is not None
        with pytest.raises(SessionError, match="asked to fail in invoke"):
            session.run(x=X)


@needs_compiler
def test_a_crash_ends_its_process_alone(library: str, sums: Path) -> None:
    with (
        open_session(sums, delegate=library, delegate_options=["ops=0", "crash=invoke"]) as session,
        pytest.raises(ReachError, match="host: the process there ended while it ran the model: it crashed"),
    ):
        session.run(x=X)


@pytest.mark.parametrize(
    ("delegate", "message"),
    [
        ("external:/nowhere/libnone.so", "/nowhere/libnone.so cannot be loaded: there is no such file"),
        ("external:libnone.so", "libnone.so cannot be loaded: .*No such file"),
        ("edgetpu", "libedgetpu.so.1 cannot be loaded: .*; libedgetpu is at https://coral.ai/software"),
        ("nnapi", "NNAPI is on phones only"),
    ],
)
def test_what_is_not_there(delegate: str, message: str, sums: Path) -> None:
    with pytest.raises(DelegateError, match=message), open_session(sums, delegate=delegate):
        pass


def test_a_delegate_is_for_its_runtimes(demo_run: Path, sums: Path) -> None:
    with pytest.raises(DelegateError, match=r"delegate gpu is for .*, not for onnxruntime"):
        open_onnx(demo_run)
    with (
        pytest.raises(DelegateError, match=r"delegate gpu is for .*, not for tflite_runtime"),
        open_session(sums, delegate="gpu", runtime="tflite_runtime"),
    ):
        pass


def open_onnx(demo_run: Path) -> None:
    with open_session(demo_run / "artifacts" / "onnx-fp32", delegate="gpu"):
        pass


def test_without_a_gpu(sums: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VK_ICD_FILENAMES", "/nowhere.json")
    monkeypatch.setenv("VK_DRIVER_FILES", "/nowhere.json")
    with pytest.raises(DelegateError, match="LiteRT found no GPU"), open_session(sums, delegate="gpu"):
        pass


@pytest.mark.skipif(VULKAN is None, reason="no Vulkan driver is named by VK_ICD_FILENAMES; make lab brings one")
def test_with_a_gpu(sums: Path, demo_run: Path) -> None:
    with open_session(sums, delegate="gpu:fp32") as session:
        assert session.delegation is not None
        assert session.delegation.nodes == session.delegation.total == 5
        assert "selected adapter" in session.delegation.proof
        with open_session(sums) as plain:
            np.testing.assert_allclose(session.run(x=X)["y"], plain.run(x=X)["y"], rtol=1e-4)
    photos = np.random.default_rng(0).random((3, 32, 32, 3), np.float32)
    with open_session(demo_run / "artifacts" / "tflite-fp32", delegate="gpu:fp32") as session:
        found = session.run(image=photos)["probabilities"]
        with open_session(demo_run / "artifacts" / "tflite-fp32") as plain:
            np.testing.assert_allclose(found, plain.run(image=photos)["probabilities"], atol=1e-4)


@needs_compiler
def test_parity_reports_it(library: str, demo_run: Path, digits: Path) -> None:
    artifact = demo_run / "artifacts" / "tflite-fp32"
    value = parity(demo_run / "model", artifact, data=digits, placement=Placement(delegate="xnnpack")).to_json()
    assert value["delegate"] == "xnnpack"
    assert value["delegation"]["nodes"] <= value["delegation"]["total"]
    placement = Placement(delegate=library, delegate_options=("ops=",), fallback=True)
    value = parity(demo_run / "model", artifact, data=digits, placement=placement).to_json()
    assert value["delegate"] is None
    assert value["delegation"] is None
    assert any("the CPU answered, not the delegate" in warning for warning in value["warnings"])


def test_several_devices_in_one_table(demo_run: Path, digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, artifact = str(demo_run / "model"), str(demo_run / "artifacts" / "tflite-int8")
    devices = ["--device", "host", "--device", f"popen:{sys.executable}", "--device", "ssh://127.0.0.1:1"]
    assert main(["parity", model, artifact, "--data", str(digits), *devices, "--json", "--max-drop", "0.1"]) == 4
    entries = json.loads(capsys.readouterr().out)["devices"]
    assert [entry["device"] for entry in entries] == devices[1::2]
    assert entries[0]["task"] == entries[1]["task"]
    assert "cannot be reached" in entries[2]["error"]
    assert main(["bench", artifact, *devices, "--runs", "3"]) == 4
    shown = capsys.readouterr().out
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "host" in shown
    assert "Connection refused" in shown
    assert main(["bench", artifact, "--device", "host", "--device", "host"]) == 2
    assert "given twice" in capsys.readouterr().err


def test_processors_can_be_chosen(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-int8")
    last = max(os.sched_getaffinity(0))
    assert main(["bench", artifact, "--cpus", str(last), "--runs", "3"]) == 0
    assert main(["bench", artifact, "--cpus", "900-901", "--runs", "3"]) == 2
    assert main(["bench", artifact, "--cpus", "two", "--runs", "3"]) == 2
    told = capsys.readouterr().err
    assert "cannot run on the processors [900, 901]: there are [" in told
    assert "say it as numbers and ranges" in told


def test_the_tflite_runtime_is_not_needed_here(sums: Path) -> None:
    if installed_version("tflite-runtime") is not None:
        pytest.skip("this environment has tflite-runtime")
    with (
        pytest.raises(ReachError, match="has no tflite-runtime"),
        open_session(sums, delegate="xnnpack", runtime="tflite_runtime"),
    ):
        pass


def test_a_runtime_without_the_delegate_falls_back(demo_run: Path, sums: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = {"ai-edge-litert": None, "tflite-runtime": None, "onnxruntime": None, "benchmark_model": None}
    monkeypatch.setattr(Connection, "packages", {**packages, "tflite-runtime": "2.14.0"})
    with (
        pytest.raises(DelegateError, match=r"gpu needs ai-edge-litert, and host has tflite_runtime: pip install"),
        open_session(sums, delegate="gpu"),
    ):
        pass


def test_options_of_what_is_not_asked_for(demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-fp32")
    for words, message in (
        (["--fallback"], "--fallback is for a delegate"),
        (["--benchmark-model", "x"], "--benchmark-model is for phones"),
        (["--cpus", "1-0"], "say it as numbers and ranges"),
    ):
        assert main(["bench", artifact, *words]) == 2
        told = capsys.readouterr().err
        assert message in told
        assert "bench: done" not in told


@needs_compiler
def test_the_table_says_where_the_cpu_ran_it(library: str, demo_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(demo_run / "artifacts" / "tflite-fp32")
    two = ["--device", "host", "--device", f"popen:{sys.executable}", "--runs", "2"]
    words = ["--delegate", library, "--delegate-option", "ops=", "--fallback"]
    assert main(["bench", artifact, *two, *words]) == 0
    assert capsys.readouterr().out.count("warning: the CPU ran it") == 2
    assert main(["bench", artifact, *two, "--delegate", "xnnpack"]) == 0
    assert "litert, xnnpack" in " ".join(capsys.readouterr().out.split())
