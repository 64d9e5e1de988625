"""``python -m tools.style [--list]``: count what the style of CONTRIBUTING.md limits; exit code 1 over a limit."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import counters
from tools.sources import read_sources

ROOT = Path(__file__).parent.parent


LIMITS: Mapping[str, float] = {
    "modules in edgekit/ itself": 12,
    "modules in the fullest folder": 20,
    "files over 300 lines": 0,
    "bindings that name grammar, %": 2,
    "nested comprehensions": 10,
    "nested ternaries": 0,
    "fmt: skip": 0,
    "dict[str, Any]": 40,
    "functions over 50 lines, %": 0.2,
    "lines of the median function": 7,
    "imports in functions without a word behind them": 0,
    "errors that name a flag": 0,
    "modules without their test file": 0,
}
"""The most that passes; a limit is never raised."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the code.

    Attributes:
        name: What was counted; a key of ``LIMITS``.
        value: The number.
        entries: What counted, each with its file; empty where a number is no count.
    """

    name: str
    value: float
    entries: Sequence[str] = ()

    @property
    def limit(self) -> float:
        """What it may be."""
        return LIMITS[self.name]

    @property
    def met(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit


def measure(root: Path = ROOT) -> list[Figure]:
    """Return all figures of a project.

    Args:
        root: Its folder. The library is ``edgekit``, ``converters`` and ``runtimes`` below it.
    """
    library = read_sources(root, "edgekit", "converters", "runtimes")
    tests = read_sources(root, "tests")
    everything = [*library, *tests, *read_sources(root, "benchmarks", "tools")]
    names = max(1, sum(1 for _ in counters.bindings(library)))
    functions = max(1, len(counters.function_lengths(library)))
    vague, long_functions = counters.vague_bindings(library), counters.long_functions(library)
    folder, modules = counters.fullest_folder(library)
    lists = {
        "modules in edgekit/ itself": counters.top_modules(library),
        "files over 300 lines": counters.long_files(everything),
        "nested comprehensions": counters.nested_comprehensions(library),
        "nested ternaries": counters.nested_ternaries(library),
        "fmt: skip": counters.format_skips(everything),
        "dict[str, Any]": counters.untyped_documents(library),
        "imports in functions without a word behind them": counters.silent_imports(library),
        "errors that name a flag": counters.errors_with_flags(library),
        "modules without their test file": counters.modules_without_test(library, tests),
    }
    figures = [
        Figure(name="modules in the fullest folder", value=modules, entries=(folder,)),
        Figure(name="bindings that name grammar, %", value=100 * len(vague) / names, entries=vague),
        Figure(name="functions over 50 lines, %", value=100 * len(long_functions) / functions, entries=long_functions),
        Figure(name="lines of the median function", value=counters.median_function(library)),
        *(Figure(name=name, value=len(entries), entries=entries) for name, entries in lists.items()),
    ]
    return sorted(figures, key=lambda figure: list(LIMITS).index(figure.name))


def main(words: Sequence[str]) -> int:
    """Print the figures, and with ``--list`` what counted."""
    figures = measure()
    sys.stdout.write(f"{'':50}{'value':>8}{'limit':>8}\n")
    for figure in figures:
        mark = "" if figure.met else "  over"
        sys.stdout.write(f"{figure.name:50}{figure.value:8.3g}{figure.limit:8.3g}{mark}\n")
        if "--list" in words:
            sys.stdout.writelines(f"    {entry}\n" for entry in figure.entries)
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
