"""What a device says of itself, and null where its system tells nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from edgekit.remote.shim import facts


def test_it_says_what_it_is() -> None:
    hello = facts.hello(["numpy", "no-such-package"])
    assert hello["packages"] == {"numpy": np.__version__, "no-such-package": None}
    assert hello["python"] == ".".join(map(str, sys.version_info[:3]))
    assert hello["process"] == os.getpid()
    assert hello["machine"]["architecture"] == os.uname().machine
    assert hello["machine"]["memory"] > 1 << 20
    assert facts.hello([])["packages"] == {}


def test_the_first_folder_of_the_path_has_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, name in (("first", "ai_edge_litert-2.1.0.dist-info"), ("second", "ai.edge.litert-1.0.egg-info")):
        (tmp_path / folder / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path / name) for name in ("nowhere", "first", "second")])
    assert facts.hello(["ai-edge-litert"])["packages"] == {"ai-edge-litert": "2.1.0"}
    monkeypatch.setattr(sys, "path", [str(tmp_path / "second")])
    assert facts.hello(["ai-edge-litert"])["packages"] == {"ai-edge-litert": "1.0"}
    monkeypatch.setattr(sys, "path", [])
    assert facts.hello(["ai-edge-litert"])["packages"] == {"ai-edge-litert": None}


def test_libraries_are_looked_for_by_name() -> None:
    assert facts.libraries([]) == {}
    paths = facts.libraries(["c", "no-such-library"])
    assert paths["c"] is not None
    assert paths["no-such-library"] is None


@pytest.mark.parametrize(
    ("bits", "throttled"),
    [("0x0", False), ("1", True), ("0x50000", False), ("0x50005", True)],
)
def test_only_bits_that_hold_now_slow_it_down(
    bits: str, throttled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "get_throttled"
    monkeypatch.setattr(facts, "PI_THROTTLED", str(file))
    assert facts.state()["throttled"] is None
    file.write_text(f"{bits}\n")
    assert facts.state()["throttled"] is throttled
