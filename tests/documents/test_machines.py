from __future__ import annotations

import pytest

from edgekit.documents.machines import MachineReport, PartEntry
from edgekit.errors import OutputError

PART = {"name": "litert", "version": None, "install": "pip install 'edgekit[litert]'"}


def test_this_machine_and_another_one_have_other_keys() -> None:
    here = MachineReport(edgekit="0.1.0", python="3.11", machine="x86_64", parts=(), delegates=("gpu",))
    there = MachineReport(device="ssh:pi", python=None, machine="aarch64", memory_bytes=None, parts=())
    assert set(here.to_json()) == {"edgekit", "python", "machine", "parts", "delegates"}
    assert set(there.to_json()) == {"device", "python", "machine", "memory_bytes", "parts"}


def test_what_is_missing_says_what_brings_it() -> None:
    assert PartEntry.from_json(PART).to_json() == PART
    with pytest.raises(OutputError, match="install"):
        PartEntry.from_json({"name": "litert", "version": None})
