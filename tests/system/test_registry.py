"""Adapters are found by their file names, and a wrong name is answered by the nearest."""

from __future__ import annotations

import importlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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


def test_a_thread_waits_for_one_that_another_thread_is_importing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow.py").write_text("import time\nSTARTED = True\ntime.sleep(0.3)\nTITLE = 'Slow'\n")
    package = importlib.import_module("edgekit.runtimes.delegates")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "edgekit.runtimes.delegates.slow", raising=False)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(registry.load, "runtimes.delegates", "slow")
        while "edgekit.runtimes.delegates.slow" not in sys.modules and not first.done():
            time.sleep(0.01)
        second = threads.submit(lambda: registry.load("runtimes.delegates", "slow").TITLE)
        assert second.result() == first.result().TITLE == "Slow"
    del sys.modules["edgekit.runtimes.delegates.slow"]
