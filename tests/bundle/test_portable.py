"""The code that a bundle takes along imports nothing of edgekit that it does not take along too."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from edgekit.bundle import build

ROOT = Path(build.__file__).parent.parent


def imported(file: Path) -> set[str]:
    """Return the modules of edgekit that a file imports where it runs, as paths below the package."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "edgekit":
            parts = (node.module or "").split(".")[1:]
            names |= {path_of([*parts, alias.name]) or path_of(parts) or "__init__.py" for alias in node.names}
    return names - {path_of(parts) for parts in typing_only(file)}


def path_of(parts: list[str]) -> str | None:
    """Return the file of a module, or None where there is none of that name."""
    module = ROOT.joinpath(*parts)
    for file in (module.with_suffix(".py"), module / "__init__.py"):
        if file.is_file():
            return file.relative_to(ROOT).as_posix()
    return None


def typing_only(file: Path) -> Iterable[list[str]]:
    """Yield the modules that are imported for type checkers alone."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for statement in node.body:
                if isinstance(statement, ast.ImportFrom):
                    yield (statement.module or "").split(".")[1:]


def missing(patterns: Iterable[str]) -> set[str]:
    files = {path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)}
    return {name for file in files - {"__init__.py"} for name in imported(ROOT / file)} - files


def test_a_front_end_has_all_that_it_imports() -> None:
    assert missing(build.PORTABLE) == set()


def test_a_file_that_is_left_out_is_missed() -> None:
    assert missing([name for name in build.PORTABLE if name != "errors.py"]) == {"errors.py"}
