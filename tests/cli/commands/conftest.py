"""What tests of commands share: the one JSON object that a command prints."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Printed = Callable[[], dict[str, Any]]


@pytest.fixture
def printed_json(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Return the one JSON object on stdout."""

    def read() -> dict[str, Any]:
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return read
