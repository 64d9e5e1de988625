"""Environments beside `.venv`, with what cannot live in it; skipped where they are not made, unless required."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def interpreter(target: str) -> Path:
    """Return the Python of the environment that ``make TARGET`` makes."""
    python = ROOT / f".venv-{target}" / "bin" / "python"
    if not python.exists():
        reason = f"no {python}: make {target}"
        if os.environ.get("EDGEKIT_REQUIRE_MATERIAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return python
