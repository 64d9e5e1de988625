"""The doctor says what is here, and how to get what is not."""

from __future__ import annotations

import pytest

from edgekit.inspection.doctor import examine
from edgekit.remote import diagnosis


def test_what_is_installed_has_its_version() -> None:
    versions = {part.name: part.version for part in examine().parts}
    assert versions["tensorflow"]
    assert {"onnxruntime", "ai-edge-litert", "matplotlib", "ssh", "adb", "edgetpu_compiler"} <= set(versions)


def test_what_is_missing_has_no_version_and_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "installed_version", lambda name: None if name == "scipy" else "1")
    parts = {part.name: part for part in examine().parts}
    assert parts["scipy"].version is None
    assert parts["scipy"].install == "pip install 'edgekit[parity]'"
    assert parts["tensorflow"].version == "1"
