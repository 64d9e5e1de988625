"""No import runs up and none is circular: import-linter says so, and notices each that does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check a copy of the package by the project's own contracts."""
    command = [
        str(Path(sys.executable).parent / "lint-imports"),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package."""
    shutil.copytree(ROOT / "edgekit", tmp_path / "edgekit", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_layers_hold(package: Path) -> None:
    completed = lint(package)
    assert completed.returncode == 0, completed.stdout
    assert "2 kept, 0 broken" in completed.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("edgekit/system/files.py", "import edgekit.cli.main", "edgekit.system is not allowed to import edgekit.cli"),
        (
            "edgekit/contract/shape.py",
            "def late() -> None:\n    from edgekit.data import npy",
            "edgekit.contract is not allowed to import edgekit.data",
        ),
        ("edgekit/data/npy.py", "import edgekit.data.arrays", "No cycles are allowed in edgekit.data"),
    ],
)
def test_a_broken_layer_is_noticed(package: Path, file: str, line: str, broken: str) -> None:
    path = package / file
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    completed = lint(package)
    assert completed.returncode == 1
    assert broken in completed.stdout


def test_a_room_outside_the_layers_is_noticed(package: Path) -> None:
    (package / "edgekit" / "attic").mkdir()
    (package / "edgekit" / "attic" / "__init__.py").write_text("")
    completed = lint(package)
    assert completed.returncode == 1
    assert "attic" in completed.stdout + completed.stderr
