"""TFLite files, as any layer may ask them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.errors import ArtifactError
from edgekit.models.embedded import embedded_contract
from edgekit.system.optional import require

if TYPE_CHECKING:
    from edgekit.formats.tflite.operators import Operator

__all__ = ["RANK", "embedded_contract", "op_counts", "operators", "recognizes"]

RANK = 0
IDENTIFIER = b"TFL3"


def recognizes(head: bytes) -> bool:
    """Whether a file that begins so is one: FlatBuffers writes the schema's identifier at byte 4."""
    return head[4:8] == IDENTIFIER


def op_counts(file: Path) -> Counter[str]:
    """Count the ops of all graphs; custom ops are listed by their names.

    Raises:
        ArtifactError: It is damaged.
    """
    schema = require("ai_edge_litert.schema_py_generated", asked="the ops of a TFLite file", extra="litert")
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    try:
        model = schema.ModelT.InitFromPackedBuf(file.read_bytes(), 0)
    except Exception as error:
        raise ArtifactError(f"{file} is damaged: {error}") from error
    codes = []
    for code in model.operatorCodes:
        if code.customCode:
            codes.append(code.customCode.decode())
        else:  # the older field holds what is below 127, in files of older converters alone
            codes.append(names[max(code.builtinCode, code.deprecatedBuiltinCode)])
    return Counter(codes[op.opcodeIndex] for graph in model.subgraphs for op in graph.operators or [])


def operators(file: Path) -> list[Operator]:
    """Return the operators of the main graph, as the rules of delegates ask about them.

    Raises:
        ArtifactError: It is damaged.
    """
    from edgekit.formats.tflite.operators import operators_of  # heavy

    return operators_of(file.read_bytes())
