"""Files that appear whole or not at all.

Everything is written beside its destination under a hidden temporary name and then renamed, so that a reader, or a
run that was killed and started again, never sees half a file.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgekit.errors import OutputError

TEMPORARY_PREFIX = ".edgekit-"
JsonObject = dict[str, Any]
"""What is in a JSON file, or a part of it."""


def make_folder(path: Path) -> Path:
    """Create ``path`` with its parents and check that it can be written.

    Raises:
        OutputError: It is a file, or the system does not allow it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write to {path}: {error.strerror or error}; choose another output folder", path=path
        ) from error
    return path


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, atomically.

    Raises:
        OutputError: The system does not allow it, or the disk is full.
    """
    make_folder(path.parent)
    if path.exists() and not path.is_file():
        raise OutputError(f"cannot write {path}: it is a folder or a device; choose another name", path=path)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(temporary).chmod(0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink()
            raise
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}", path=path) from error


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically; NaN and infinities are refused, as JSON has none."""
    write_bytes(path, (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())


@contextlib.contextmanager
def new_folder(path: Path, *, sign: str | None) -> Iterator[Path]:
    """Yield an empty folder that takes the place of ``path`` when the block ends without an error.

    What was at ``path`` is replaced; when the block fails it stays as it was.

    Args:
        path: The folder.
        sign: The file by which a folder of this kind is known: one without it is not edgekit's to replace; None:
            nothing is replaced.

    Raises:
        OutputError: The parent folder cannot be written, or something else is at ``path``.
    """
    check_replaceable(path, sign)
    make_folder(path.parent)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=TEMPORARY_PREFIX))
    try:
        yield temporary
        temporary.chmod(0o755)
        replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_replaceable(path: Path, sign: str | None) -> None:
    """Check that ``path`` is free, empty, or a folder that edgekit made.

    Raises:
        OutputError: It holds something else.
    """
    if path.is_dir() and any(path.iterdir()) and (sign is None or not (path / sign).is_file()):
        raise OutputError(
            f"{path} holds files that are not edgekit's{f' (there is no {sign})' if sign else ''}: "
            f"move them away, or choose another folder",
            path=path,
        )
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file: choose another output folder", path=path)


def replace_folder(source: Path, path: Path) -> None:
    """Move the folder ``source`` to ``path``; a folder that was there is moved aside first, then deleted."""
    if not path.exists():
        source.rename(path)
        return
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=TEMPORARY_PREFIX))
    try:
        path.rename(aside / "old")
        source.rename(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def read_json(path: Path) -> JsonObject | None:
    """Return what an earlier run kept in a file; None if it is not there."""
    if not path.exists():
        return None
    value: JsonObject = json.loads(path.read_text())
    return value


def missing_part(path: Path) -> tuple[str, list[str]]:
    """Return the first part of a path that does not exist, and the names that are there in its place."""
    folder, name = path.parent, path.name
    while not folder.is_dir() and folder != folder.parent:
        folder, name = folder.parent, folder.name
    try:
        return name, sorted(child.name for child in folder.iterdir())
    except OSError:  # a folder that may not be listed has no names to suggest
        return name, []
