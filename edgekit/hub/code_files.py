"""Files of Python code that a user names, so that a Keras file finds the classes that it was saved with.

To name one is to trust it: it is run, in the child that loads the model.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

from edgekit.errors import ModuleError
from edgekit.system.printable import reason_of


def defined_names(files: Iterable[Path]) -> set[str]:
    """Return the classes and functions that files define, read without running them.

    Raises:
        ModuleError: One cannot be read, or is no Python.
    """
    return {node.name for file in files for node in _parsed(file).body if isinstance(node, _DEFINITIONS)}


_DEFINITIONS = (ast.ClassDef, ast.FunctionDef)


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text())
    except (OSError, SyntaxError, ValueError) as error:
        raise ModuleError(f"{file} cannot be imported: {error}; name a file of Python code", path=file) from error


def run_files(files: Iterable[Path]) -> dict[str, object]:
    """Run files, and return what they define, by name; a folder of theirs is where they import from.

    Raises:
        ModuleError: One fails as it runs; its error is told with its line.
    """
    objects: dict[str, object] = {}
    for file in files:
        spec = importlib.util.spec_from_file_location(file.stem, file)
        if spec is None or spec.loader is None:
            raise ModuleError(f"{file} cannot be imported: name a file that ends in .py", path=file)
        module = importlib.util.module_from_spec(spec)
        replaced = sys.modules.get(file.stem)
        sys.modules[file.stem] = module  # Keras looks for a class in the module that the file names
        sys.path.append(str(file.parent))  # last, so that a file beside it stands in the place of no other module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            if replaced is None:
                del sys.modules[file.stem]
            else:
                sys.modules[file.stem] = replaced
            raise ModuleError(f"{file} fails as it is imported: {reason_of(error)}", path=file) from error
        objects |= {name: getattr(module, name) for name in defined_names([file])}
    return objects
