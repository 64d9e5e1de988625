"""The doctor says what is here, and how to get what is not."""

from __future__ import annotations

import pytest

from edgekit.inspection import doctor
from edgekit.inspection.doctor import PARTS, TOOLS, examine


def test_what_is_installed_has_its_version() -> None:
    report = examine()
    versions = {part.name: part.version for part in report.parts}
    assert versions["tensorflow"]
    assert set(versions) >= {name for name, _ in (*PARTS, *TOOLS)}


def test_what_is_missing_has_no_version_and_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed_version", lambda name: None if name == "scipy" else "1")
    parts = {part.name: part for part in examine().parts}
    assert parts["scipy"].version is None
    assert parts["scipy"].install == "pip install 'edgekit[parity]'"
    assert parts["tensorflow"].version == "1"
