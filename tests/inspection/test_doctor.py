"""The doctor says what is here, and how to get what is not."""

from __future__ import annotations

import shutil

import pytest

from edgekit.adapters.delegate import delegates
from edgekit.adapters.device import transports
from edgekit.inspection.doctor import examine
from edgekit.remote import diagnosis
from edgekit.remote.diagnosis import CONVERTING, READING


def test_what_is_installed_has_its_version() -> None:
    versions = {part.name: part.version for part in examine().parts}
    assert versions["tensorflow"]
    assert set(versions) >= {name for name, _ in (*CONVERTING, *READING)}


def test_each_adapter_says_what_it_needs() -> None:
    installs = {part.name: part.install for part in examine().parts}
    for transport in transports().values():
        for program, source in transport.PROGRAMS:
            assert installs[program] == source
    for name, delegate in delegates().items():
        for library, source in delegate.LIBRARIES:
            assert installs[f"lib{library}"] == f"for the delegate {name}: {source}"


def test_what_is_missing_has_no_version_and_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "installed_version", lambda name: None if name == "scipy" else "1")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    parts = {part.name: part for part in examine().parts}
    assert parts["scipy"].version is None
    assert parts["scipy"].install == "pip install 'edgekit[parity]'"
    assert parts["tensorflow"].version == "1"
    assert parts["adb"].version is None
