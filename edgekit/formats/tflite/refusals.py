"""Why TensorFlow's converter refused a model, in words of the model: the op, the node that has it, and the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TELLING = re.compile("error:|not supported|missing|Ops:|needs")
"""What stands in the lines of the converter's messages that say what it could not convert."""
MISSING_OP = re.compile(r"'tf\.(\w+)' op is neither a custom op nor a flex op|^\s*tf\.(\w+)\(tensor", re.MULTILINE)
"""An op without a builtin, in the line of the error or in the list of details that follows."""
LOCATION = re.compile(r'loc\((?:fused\["[^"]*", *)?(?:callsite\()?"([^"]+)"[^\n]*error:')
"""The node that MLIR names on stderr before an error."""
MOST_NODES = 3
"""Nodes that are named of an op that is in a model many times."""
LONGEST = 400
"""Characters of the converter's own words that are shown."""
LOOP = "TensorList"
"""How ops begin that collect the steps of a loop."""
UNROLL = "build the recurrent layer with unroll=True and a fixed number of steps, so that no loop is left"
ELSEWHERE = "build that step of other ops, do it outside of the model, or take ONNX, which may have it"


def refusal(error: Exception, log: str, definition: Any) -> tuple[str, str | None]:
    """Return what the converter could not convert, and the first such op; None: it names none.

    Args:
        error: What the converter raised.
        log: What it wrote to stderr.
        definition: The GraphDef that it was given.
    """
    message = str(error)
    ops = list(dict.fromkeys(match[1] or match[2] for match in MISSING_OP.finditer(message)))
    if not ops:
        nodes = list(dict.fromkeys(LOCATION.findall(log)))
        return reason(error) + (f" (node {nodes[0]})" if nodes else ""), None
    parts = [f"{op} ({_nodes(op, definition)})" for op in ops]
    subject = f"op {parts[0]} has" if len(parts) == 1 else f"ops {', '.join(parts)} have"
    return f"{subject} no builtin in TFLite{_flex(message)}: {_way_out(ops)}", ops[0]


def reason(error: Exception) -> str:
    """Return the lines of a long message that say what could not be converted."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.search(line)]
    return " / ".join((telling or lines or [type(error).__name__])[:2])[:LONGEST]


def _flex(message: str) -> str:
    return ", only as a Flex op with TensorFlow's kernels in the app" if "TF Select ops" in message else ""


def _way_out(ops: list[str]) -> str:
    return UNROLL if any(op.startswith(LOOP) for op in ops) else ELSEWHERE


def _nodes(op: str, definition: Any) -> str:
    names = [node.name for node in _all_nodes(definition) if node.op == op]
    if not names:
        return "made by the converter itself"
    more = f" and {len(names) - MOST_NODES} more" if len(names) > MOST_NODES else ""
    return f"node{'s' if len(names) > 1 else ''} {', '.join(names[:MOST_NODES])}{more}"


def _all_nodes(definition: Any) -> Iterator[Any]:
    """Yield the nodes of a graph, and of the functions that are bodies of its loops."""
    yield from definition.node
    for function in definition.library.function:
        yield from function.node_def
