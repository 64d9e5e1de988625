"""Counters: each takes sources and names every place that counts, so that a number can be followed."""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.sources import Function, Source

VAGUE = frozenset(
    [
        "found",
        "made",
        "told",
        "given",
        "kept",
        "each",
        "known",
        "wanted",
        "asked",
        "place",
        "there",
        "shown",
        "said",
        "left",
        "read",
        "whole",
        "part",
        "some",
        "one",
        "other",
        "seen",
    ]
)
"""Words of grammar, which say nothing of what a binding holds."""
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LONG_FILE = 300
LONG_FUNCTION = 50
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def bindings(sources: Sequence[Source]) -> Iterator[tuple[str, str]]:
    """Yield the place and the name of every name that is stored and of every argument."""
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield _place(source, node), node.id
            elif isinstance(node, ast.arg):
                yield _place(source, node), node.arg


def vague_bindings(sources: Sequence[Source]) -> list[str]:
    """Return the bindings that name grammar."""
    return [f"{position} {name}" for position, name in bindings(sources) if name in VAGUE]


def nested(sources: Sequence[Source], kinds: tuple[type[ast.AST], ...]) -> list[str]:
    """Return the nodes of some kinds that lie inside another one of them."""
    return [
        _place(source, node)
        for source in sources
        for outer in source.nodes
        if isinstance(outer, kinds)
        for node in _below(outer)
        if isinstance(node, kinds)
    ]


def nested_comprehensions(sources: Sequence[Source]) -> list[str]:
    """Return comprehensions inside a comprehension, each once."""
    return sorted(set(nested(sources, COMPREHENSIONS)))


def nested_ternaries(sources: Sequence[Source]) -> list[str]:
    """Return ternaries inside a ternary, each once."""
    return sorted(set(nested(sources, (ast.IfExp,))))


def format_skips(sources: Sequence[Source]) -> list[str]:
    """Return comments that switch the formatter off."""
    return [
        f"{source.path}:{line}"
        for source in sources
        if "fmt:" in source.text  # few have any, and tokens cost more than all else here
        for line, comment in source.comments.items()
        if re.search(r"fmt:\s*(skip|off)", comment)
    ]


def untyped_documents(sources: Sequence[Source]) -> list[str]:
    """Return uses of ``dict[str, Any]`` and ``Mapping[str, Any]``."""
    kinds = {f"{kind}[str, Any]" for kind in ("dict", "Mapping", "MutableMapping")}
    return [
        _place(source, node)
        for source in sources
        for node in source.nodes
        if isinstance(node, ast.Subscript) and ast.unparse(node) in kinds
    ]


def function_lengths(sources: Sequence[Source]) -> dict[str, int]:
    """Return the lines of every function, its signature and docstring included."""
    return {
        f"{_place(source, function)} {function.name}": _length(function)
        for source in sources
        for function in source.functions
    }


def long_functions(sources: Sequence[Source]) -> list[str]:
    """Return functions of over 50 lines."""
    return [name for name, lines in function_lengths(sources).items() if lines > LONG_FUNCTION]


def median_function(sources: Sequence[Source]) -> float:
    """Return the median length of a function, in lines."""
    return statistics.median(function_lengths(sources).values())


def silent_imports(sources: Sequence[Source]) -> list[str]:
    """Return imports inside functions without a comment behind them that says what they delay."""
    return [
        _place(source, node)
        for source in sources
        if not source.generated
        for function in source.functions
        for node in _below(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and not _commented(source, node)
    ]


def errors_with_flags(sources: Sequence[Source]) -> list[str]:
    """Return texts of errors that name a command-line flag, outside of the command line's own folder."""
    return [
        f"{_place(source, text)} {text.value!r}"
        for source in sources
        if source.path.parts[:2] != ("edgekit", "cli")
        for call in source.nodes
        if isinstance(call, ast.Call) and _callee(call).endswith("Error")
        for text in _below(call)
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and FLAG.search(text.value)
    ]


def long_files(sources: Sequence[Source]) -> list[str]:
    """Return files of over 300 lines, generated ones aside."""
    return [f"{source.path} {source.lines}" for source in sources if source.lines > LONG_FILE and not source.generated]


def top_modules(sources: Sequence[Source]) -> list[str]:
    """Return modules that lie in ``edgekit/`` itself."""
    return [str(source.path) for source in sources if source.path.parent == Path("edgekit")]


def fullest_folder(sources: Sequence[Source]) -> tuple[str, int]:
    """Return the folder with the most modules, and their number."""
    folders = Counter(str(source.path.parent) for source in sources)
    return max(folders.items(), key=lambda item: item[1])


def modules_without_test(sources: Sequence[Source], tests: Sequence[Source]) -> list[str]:
    """Return modules of ``edgekit/`` without ``tests/ROOM/test_MODULE.py``; packages' own files need none."""
    files = {source.path for source in tests}
    modules = [source.path for source in sources if source.path.parts[0] == "edgekit" and source.path.name[:2] != "__"]
    return [str(path) for path in modules if mirrored(path) not in files]


def mirrored(module: Path) -> Path:
    """Return where the test of a module of ``edgekit/`` lies."""
    return Path("tests", *module.parts[1:-1], f"test_{module.name}")


def _below(node: ast.AST) -> Iterator[ast.AST]:
    nodes = ast.walk(node)
    next(nodes)
    return nodes


def _place(source: Source, node: ast.AST) -> str:
    line: int = getattr(node, "lineno", 0)
    return f"{source.path}:{line}"


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _callee(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _commented(source: Source, node: ast.stmt) -> bool:
    return node.lineno in source.comments or node.end_lineno in source.comments
