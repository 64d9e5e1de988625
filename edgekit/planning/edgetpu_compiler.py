"""Google's ``edgetpu_compiler``, where it is installed: its result and its log become the plan.

The format of its log is that of version 16.0: https://coral.ai/docs/edgetpu/compiler/#compiler-and-runtime-versions
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from edgekit.adapters.delegate import Planned, PlannedOp
from edgekit.errors import ConversionError
from edgekit.formats.tflite.operators import Operator, operators_of
from edgekit.system.files import write_bytes
from edgekit.system.printable import plain

NAME = "edgetpu_compiler"
TIMEOUT = 600.0
MAPPED = "Mapped to Edge TPU"
_VERSION = re.compile(r"Edge TPU Compiler version (\S+)")
_ROW = re.compile(r"([A-Z][A-Z0-9_]*|edgetpu-\S+)\s+(\d+)\s+(\S.*)")
FIXES = {
    "Operation is working on an unsupported data type": "take tflite-int8full, which has integers throughout",
    "Operation version not supported": "convert with an older converter",
    "Filter, bias, or other param is not constant at compile-time": "make its parameters constants of the model",
    "Tensor has unsupported rank (up to 3 innermost dimensions mapped)": "keep all but the last three axes at 1",
}


def find() -> str | None:
    """Return where the compiler is; None: it is not installed."""
    return shutil.which(NAME)


def compiled(compiler: str, operators: Sequence[Operator], file: Path, out: Path | None) -> Planned:
    """Compile a file in a child process, and return what became of each operator.

    Args:
        compiler: Where it is.
        operators: Those of the file.
        file: The model.
        out: Where the compiled model goes; None: nowhere.

    Raises:
        ConversionError: The compiler failed, or its log is not as it is known.
    """
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        shutil.copy(file, Path(scratch) / "model.tflite")
        options = ["--show_operations", f"--timeout_sec={TIMEOUT:.0f}", f"--out_dir={scratch}"]
        command = [compiler, *options, f"{scratch}/model.tflite"]
        try:
            process = subprocess.run(command, capture_output=True, timeout=TIMEOUT + 30, check=False, cwd=scratch)
        except subprocess.TimeoutExpired as error:
            raise ConversionError(f"{NAME} did not end within {TIMEOUT:.0f} s") from error
        log = (process.stdout + process.stderr).decode(errors="replace")
        model = Path(scratch) / "model_edgetpu.tflite"
        if process.returncode or not model.is_file():
            raise ConversionError(f"{NAME} failed: {_reason(log)}")
        remaining = operators_of(model.read_bytes())
        if out is not None:
            write_bytes(out, model.read_bytes())
    version, table = read_log(log)
    ops = _assigned(operators, {operator.name for operator in remaining}, table)
    return Planned(basis="compiled", source=f"{NAME} {version}", ops=ops)


def read_log(text: str) -> tuple[str, dict[str, dict[str, int]]]:
    """Return the compiler's version, and how many operators of each kind have each status.

    Raises:
        ConversionError: It is not as it is known.
    """
    version = _VERSION.search(text)
    head, title, listing = text.partition("Operator ")
    rows = [_ROW.fullmatch(line.strip()) for line in listing.splitlines()[1:] if line.strip()]
    end = next((number for number, row in enumerate(rows) if row is None), len(rows))
    rows = rows[:end]
    if version is None or not title or not rows:
        raise ConversionError(f"{NAME} printed a log in a way that is not known: {_reason(head)}")
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        assert row is not None, "cut before"
        table[row[1]][row[3]] = table[row[1]].get(row[3], 0) + int(row[2])
    return version[1], dict(table)


def _assigned(
    operators: Sequence[Operator], remaining: set[str], table: Mapping[str, Mapping[str, int]]
) -> list[PlannedOp]:
    """Return what became of each operator: what the compiled file still has by itself is on the CPU."""
    ops = []
    for operator in operators:
        statuses = [status for status in table.get(operator.kind, {}) if status != MAPPED]
        # Of several reasons for one kind the log does not say which operator has which.
        reason = " or ".join(statuses) or "the compiler left it to the CPU"
        fix = FIXES.get(statuses[0]) if len(statuses) == 1 else None
        stays = operator.name in remaining and not _is_mapped(operator, table)
        ops.append(PlannedOp.of(operator, (reason, fix) if stays else None))
    return ops


def _is_mapped(operator: Operator, table: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether all of a kind are mapped: the last of a partition has its output's name in the compiled file, too."""
    return set(table.get(operator.kind, {})) == {MAPPED}


def _reason(text: str) -> str:
    lines = [plain(line) for line in text.splitlines() if plain(line)]
    errors = [line for line in lines if line.startswith(("ERROR", "Error", "Internal"))]
    return (errors or lines or ["it said nothing"])[0 if errors else -1]
