"""The GPU: asked of LiteRT where a GPU answers on this machine, else by rules for the delegate of phones."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edgekit.adapters.delegate import Delegate
from edgekit.adapters.session import SessionOptions
from edgekit.errors import DelegateError
from edgekit.formats.tflite.graph import read_graph
from edgekit.formats.tflite.operators import Operator
from edgekit.formats.tflite.subgraphs import single
from edgekit.planning.plan import Planned, PlannedOp, groups
from edgekit.planning.rules import read_rules
from edgekit.remote.address import THIS_PYTHON
from edgekit.remote.connection import Connection, connect
from edgekit.remote.errors import DelegateRefusedError, RefusedError
from edgekit.remote.interpreters import RemoteInterpreter
from edgekit.system.optional import installed_version
from edgekit.system.progress import progress

FORMATS = ("tflite",)
MODULE = "ai_edge_litert.interpreter"
NO_GPU = "found no GPU"
OPTIONS = SessionOptions(delegate=Delegate(name="gpu"))


def planned(operators: Sequence[Operator], file: Path) -> Planned:
    """Return what becomes of each operator.

    Where LiteRT has a GPU here it is asked for the whole file, and, if that leaves something to the CPU, for each
    operator by itself: it takes one connected run of operators, the largest.
    """
    if installed_version("ai-edge-litert") is not None and installed_version("execnet") is not None:
        with connect(THIS_PYTHON) as connection:
            found = _measured(connection, operators, file)
        if found is not None:
            return found
    rules = read_rules("gpu")
    ops = [PlannedOp.of(operator, rules.obstacle(operator)) for operator in operators]
    return Planned(basis="rules", source=f"{rules.version}, {rules.source}; no GPU answers here", ops=ops)


def _measured(connection: Connection, operators: Sequence[Operator], file: Path) -> Planned | None:
    adapter: list[str] = []
    whole = _taken(connection, file, adapter)
    if isinstance(whole, str) and NO_GPU in whole:
        return None
    version, name = installed_version("ai-edge-litert"), adapter[0] if adapter else "a GPU of this machine"
    source = f"LiteRT {version} on {name}, a batch of one; a phone's GPU may differ"
    if whole is None:
        return Planned(basis="measured", source=source, ops=[PlannedOp.of(operator, None) for operator in operators])
    reasons: dict[int, str | None] = {}
    loaded = read_graph(file.read_bytes())
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch, progress("plan") as advance:
        for operator in operators:
            alone = Path(scratch) / "operator.tflite"
            alone.write_bytes(single(loaded, operator.index))
            reasons[operator.index] = _taken(connection, alone)
            advance(operator.index + 1, len(operators), operator.kind)
    free = {operator.index for operator in operators if reasons[operator.index] is None}
    runs = groups(operators, free)
    largest = max(runs, key=len, default=set())
    other = ("it is in another run of operators than the one that the GPU takes, the largest", None)
    ops = [
        PlannedOp.of(op, None if op.index in largest else other if op.index in free else (str(reasons[op.index]), None))
        for op in operators
    ]
    return Planned(basis="measured", source=source, ops=ops)


def _taken(connection: Connection, file: Path, adapter: list[str] | None = None) -> str | None:
    """Return why the GPU does not take all of a file; None: it does. Note what the GPU is called."""
    try:
        model = RemoteInterpreter(connection, MODULE, file, OPTIONS)
    except (DelegateRefusedError, RefusedError, DelegateError) as error:
        return re.sub(r"^the GPU does not take the model: (?:[A-Z0-9_]+: )?", "", str(error))
    assert model.delegation is not None, "it was asked for"
    if adapter is not None:
        adapter.append(model.delegation.proof.partition("selected adapter ")[2].partition(";")[0])
    return None if model.delegation.nodes == model.delegation.total else model.delegation.proof
