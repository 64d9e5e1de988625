"""Builds the external delegate, once for all tests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent / "delegate.c"


def build_delegate(folder: Path, compiler: str = "gcc") -> Path:
    """Return the library, built into a folder."""
    made = folder / "libdelegate.so"
    subprocess.run([compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", str(made), str(SOURCE)], check=True)
    return made


def has_compiler(compiler: str = "gcc") -> bool:
    return shutil.which(compiler) is not None
