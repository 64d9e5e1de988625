"""What is installed is all that lies in the repository: a package that is listed nowhere would be missing there."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SETUPTOOLS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
FOLDERS = {name.replace(".", "/"): folder for name, folder in SETUPTOOLS["package-dir"].items()}


def library_files() -> list[str]:
    """Return the library's files as they are installed, beginning with the package."""
    sources = {"edgekit": ROOT / "edgekit", **{name: ROOT / folder for name, folder in FOLDERS.items()}}
    return [
        f"{name}/{path.relative_to(source).as_posix()}"
        for name, source in sources.items()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]


def left_out(files: list[str], packages: list[str]) -> list[str]:
    """Return the files that are in no package, or are no code and in no package's data."""
    return [file for file in files if not _installed(file, packages)]


def _installed(file: str, packages: list[str]) -> bool:
    parent = str(Path(file).parent).replace("/", ".")
    if file.endswith(".py"):
        return parent in packages
    return any(
        package in packages and fnmatch(file, f"{package.replace('.', '/')}/{pattern}")
        for package, patterns in SETUPTOOLS["package-data"].items()
        for pattern in patterns
    )


def test_all_is_installed() -> None:
    files = library_files()
    assert "edgekit/runtimes/delegates/gpu.toml" in files
    assert left_out(files, SETUPTOOLS["packages"]) == []


def test_what_is_left_out_is_noticed() -> None:
    fewer = [package for package in SETUPTOOLS["packages"] if package != "edgekit.report"]
    assert {"edgekit/report/html.py", "edgekit/report/report.css"} <= set(left_out(library_files(), fewer))
    assert left_out(["edgekit/report/font.woff"], SETUPTOOLS["packages"]) == ["edgekit/report/font.woff"]
