"""One file adds one: each example of an adapter is put into a copy of edgekit, alone, and its test passes there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "adapters"


def package(folder: Path, *, examples: bool) -> Path:
    """Copy edgekit as it is installed, with or without the adapters of the examples."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "edgekit", folder / "edgekit", ignore=ignored)
    for name, source in setuptools["package-dir"].items():
        shutil.copytree(ROOT / source, folder / name.replace(".", "/"), ignore=ignored)
        if examples and (EXAMPLES / source).is_dir():
            shutil.copytree(EXAMPLES / source, folder / name.replace(".", "/"), dirs_exist_ok=True)
    if examples:
        shutil.copytree(EXAMPLES / "edgekit", folder / "edgekit", dirs_exist_ok=True)
    shutil.copytree(EXAMPLES / "tests", folder / "tests", ignore=ignored)
    return folder


def run_tests(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--import-mode=importlib",
    ]
    return subprocess.run(
        [*command, *options, "tests"], cwd=folder, env=environment, capture_output=True, text=True, timeout=540
    )


def test_each_example_adds_an_adapter(tmp_path: Path) -> None:
    completed = run_tests(package(tmp_path, examples=True))
    assert completed.returncode == 0, completed.stdout[-4000:]


def test_without_their_files_the_examples_fail(tmp_path: Path) -> None:
    completed = run_tests(package(tmp_path, examples=False), "--maxfail=1")
    assert completed.returncode == 1, completed.stdout[-4000:]


@pytest.mark.parametrize("file", sorted((EXAMPLES / "edgekit").rglob("*.py")) + sorted(EXAMPLES.glob("r*/**/*.py")))
def test_an_example_replaces_nothing(file: Path) -> None:
    assert not (ROOT / file.relative_to(EXAMPLES)).exists()
