"""Adapters are found by their file names, and a wrong name is answered by the nearest."""

from __future__ import annotations

import pytest

from edgekit.errors import EdgekitError
from edgekit.system import registry


def test_a_file_is_an_adapter() -> None:
    assert "xnnpack" in registry.names("runtimes.delegates")
    assert registry.load("runtimes.delegates", "xnnpack").__name__ == "edgekit.runtimes.delegates.xnnpack"


def test_a_file_that_is_not_there_is_none() -> None:
    with pytest.raises(EdgekitError, match=r"no delegate 'xnnpak'; did you mean 'xnnpack'\? \(there are: "):
        registry.load("runtimes.delegates", "xnnpak")


def test_a_package_is_no_adapter_when_it_is_imported_either() -> None:
    registry.load("runtimes.delegates", "gpu")
    with pytest.raises(EdgekitError, match="no runtime 'delegates'"):
        registry.load("runtimes", "delegates")
