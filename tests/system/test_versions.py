"""The versions that decide what comes out are of what is installed, and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit._version import __version__
from edgekit.system import versions


def test_they_are_those_of_what_is_installed() -> None:
    assert versions.tool_versions()["edgekit"] == __version__
    assert versions.tool_versions()["numpy"] == np.__version__


def test_what_is_not_installed_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "TOOLS", ("edgekit", "no-such-package"))
    assert "no-such-package" not in versions.tool_versions()
