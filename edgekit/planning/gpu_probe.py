"""Questions to a GPU of this machine: LiteRT is asked for a whole file, and for each operator by itself."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from edgekit.adapters.delegate import Delegate, ModelFile, Obstacle, Planned, PlannedOp
from edgekit.adapters.device import Device
from edgekit.adapters.session import SessionOptions
from edgekit.errors import DelegateError
from edgekit.formats.tflite.graph import read_graph
from edgekit.formats.tflite.subgraphs import single
from edgekit.planning.partitions import groups
from edgekit.remote.address import parse_address
from edgekit.remote.connection import connection_of
from edgekit.remote.errors import DelegateRefusedError, RefusedError
from edgekit.remote.interpreters import RemoteInterpreter
from edgekit.system.optional import installed_version
from edgekit.system.progress import progress

MODULE = "ai_edge_litert.interpreter"
NO_GPU = "found no GPU"
ELSEWHERE: Obstacle = ("it is in another run of operators than the one that the GPU takes, the largest", None)


def ask_gpu(model: ModelFile, delegate: Delegate) -> Planned | None:
    """Return what the GPU of this machine takes of a TFLite file; None: there is none, or nothing to ask it by.

    Where it leaves something to the CPU it is asked for each operator by itself: it takes one connected run of
    operators, the largest.

    Args:
        model: The file.
        delegate: How the GPU is asked for.
    """
    if installed_version("ai-edge-litert") is None or installed_version("execnet") is None:
        return None
    host = parse_address("host")
    with host.transport.connect(host) as device:  # a driver may end the process that loads it
        return _Questions(device, delegate).plan(model)


class _Questions:
    """What a GPU is asked, over one connection."""

    def __init__(self, device: Device, delegate: Delegate) -> None:
        self.connection = connection_of(device)
        self.options = SessionOptions(delegate=delegate)
        self.adapter = ""

    def plan(self, model: ModelFile) -> Planned | None:
        obstacle = self._obstacle(model.path)
        if obstacle is not None and NO_GPU in obstacle:
            return None
        adapter = self.adapter or "a GPU of this machine"
        version = installed_version("ai-edge-litert")
        source = f"LiteRT {version} on {adapter}, a batch of one; a phone's GPU may differ"
        ops = self._alone(model) if obstacle else [PlannedOp.of(operator, None) for operator in model.operators]
        return Planned(basis="measured", source=source, ops=ops)

    def _alone(self, model: ModelFile) -> list[PlannedOp]:
        """Ask for each operator by itself."""
        reasons: dict[int, str | None] = {}
        graph = read_graph(model.path.read_bytes())
        with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch, progress("plan") as advance:
            for operator in model.operators:
                file = Path(scratch) / "operator.tflite"
                file.write_bytes(single(graph, operator.index))
                reasons[operator.index] = self._obstacle(file)
                advance(operator.index + 1, len(model.operators), operator.kind)
        possible = {index for index, reason in reasons.items() if reason is None}
        largest = max(groups(model.operators, possible), key=len, default=set())
        ops = []
        for operator in model.operators:
            reason = reasons[operator.index]
            obstacle = ELSEWHERE if reason is None else (reason, None)
            ops.append(PlannedOp.of(operator, None if operator.index in largest else obstacle))
        return ops

    def _obstacle(self, file: Path) -> str | None:
        """Return why the GPU does not take all of a file; None: it does. Note what the GPU is called."""
        try:
            model = RemoteInterpreter(self.connection, MODULE, file, self.options)
        except (DelegateRefusedError, RefusedError, DelegateError) as error:
            return re.sub(r"^the GPU does not take the model: (?:[A-Z0-9_]+: )?", "", str(error))
        assert model.delegation is not None, "it was asked for"
        if not self.adapter:
            self.adapter = model.delegation.proof.partition("selected adapter ")[2].partition(";")[0]
        return None if model.delegation.nodes == model.delegation.total else model.delegation.proof
