"""Phones: what their addresses may hold, and that adb is asked for them, by a stand-in for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.adapters.delegate import parse_delegate
from edgekit.adapters.device import PHONE, load_transport
from edgekit.errors import EdgekitError, ReachError, SessionError
from edgekit.inference.runtimes import device_runtime
from edgekit.remote.address import parse_address
from edgekit.remote.connection import connection_of

adb = load_transport("adb")
TOOL = "/data/local/tmp/benchmark_model"


@pytest.fixture
def phones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the phones that a stand-in for adb lists; each says yes to all that it is asked."""
    listing = tmp_path / "phones"
    listing.write_text("List of devices attached\nR58\tdevice\n")
    program = tmp_path / "bin" / "adb"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nif [ "$1" = devices ]; then cat {listing}; else echo yes; fi\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return listing


def test_the_only_phone_is_found(phones: Path) -> None:
    address = parse_address("adb:")
    with adb.connect(address) as device:
        assert str(device.address) == "adb:R58"
        assert device.packages == {"benchmark_model": TOOL}
        assert device_runtime("tflite", device) == "benchmark_model"
        with pytest.raises(ReachError, match="adb:R58 is a phone, which runs tflite files only, not onnx"):
            device_runtime("onnx", device)
        with pytest.raises(SessionError, match="no interpreter of Python"):
            connection_of(device)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("R58\tunauthorized", "has not allowed this computer"),
        ("", "finds no phone"),
        ("A\tdevice\nB\tdevice", "name one"),
    ],
)
def test_a_phone_that_does_not_answer_is_told_before_anything_runs(line: str, message: str, phones: Path) -> None:
    phones.write_text(f"List of devices attached\n{line}\n")
    with pytest.raises(ReachError, match=message):
        adb.check(parse_address("adb:"))


def test_the_doctor_says_what_a_phone_has(phones: Path) -> None:
    report = adb.diagnose(parse_address("adb:R58"), {})
    assert [(part.name, part.version) for part in report.parts] == [("benchmark_model", TOOL)]


def test_a_delegate_is_asked_for_by_flags() -> None:
    assert adb.ENVIRONMENT == PHONE
    adb.check_delegate(parse_delegate("nnapi"))
    with pytest.raises(EdgekitError, match="NNAPI is on phones only"):
        load_transport("popen").check_delegate(parse_delegate("nnapi"))
