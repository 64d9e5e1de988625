"""The environments of the tests: the material, interpreters beside `.venv` with what cannot live in it, variables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def interpreter(target: str) -> Path:
    """Return the Python of the environment that ``make TARGET`` makes."""
    python = ROOT / f".venv-{target}" / "bin" / "python"
    return existing(python, f"no {python}: make {target}")


def existing(path: Path, reason: str) -> Path:
    """Return a path; where nothing is there the test is skipped with the reason, or fails where all is required."""
    if not path.exists():
        if os.environ.get("EDGEKIT_REQUIRE_MATERIAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def example(name: str, material: Path, folder: Path) -> Path:
    """Return a copy of an example's recipe that reads the material where it is."""
    path = folder / f"{name}.toml"
    path.write_text((ROOT / "examples" / path.name).read_text().replace("../../shared/material", str(material)))
    return path


@contextmanager
def kept_environment() -> Iterator[None]:
    """Put back the environment's variables at the end: a command sets some for the children of its own process."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)
