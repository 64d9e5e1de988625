"""The doctor tells what is there and where the rest is from."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest
from msgspec import UNSET

from edgekit.remote import diagnosis
from edgekit.remote.diagnosis import diagnose, diagnose_host
from tests.remote.channels import Channel, connected

SOURCES = {"c": "the C library", "none": "https://nowhere.invalid"}


def test_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "adb").write_text("#!/bin/sh\n")
    (tmp_path / "adb").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(diagnosis, "find_libraries", lambda names: {"c": "libc.so.6", "none": None})
    report = diagnose_host(SOURCES)
    versions = {part.name: part.version for part in report.parts}
    assert report.python == platform.python_version()
    assert (versions["adb"], versions["edgetpu_compiler"]) == (str(tmp_path / "adb"), None)
    assert (versions["libc"], versions["libnone"]) == ("libc.so.6", None)
    assert versions["ai-edge-litert"] is not None
    assert len(versions) == len(report.parts)
    assert all(part.install for part in report.parts)
    assert report.device is UNSET


def test_an_interpreter_elsewhere() -> None:
    channel = Channel({"libraries": lambda names: {"value": dict.fromkeys(names)}})
    report = diagnose(connected(channel), SOURCES)
    assert (report.device, report.python, report.memory_bytes) == ("ssh://board", "3.8.1", 1 << 30)
    parts = {part.name: (part.version, part.install) for part in report.parts}
    assert parts["numpy"] == ("1.17.4", "pip install numpy")
    assert parts["onnxruntime"] == (None, "pip install onnxruntime")
    assert parts["libnone"] == (None, "https://nowhere.invalid")
    assert parts["numpy"][0] != np.__version__
    assert report.edgekit is UNSET
    assert report.delegates is UNSET


def test_without_libraries_none_are_looked_for() -> None:
    channel = Channel({"libraries": lambda names: {"value": dict.fromkeys(names)}})
    names = [part.name for part in diagnose(connected(channel), {}).parts]
    assert names == ["numpy", "tflite-runtime", "onnxruntime"]
