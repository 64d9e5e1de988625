"""ONNX files, as any layer may ask them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.system.optional import require

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract
    from edgekit.formats.tflite.operators import Operator

RANK = 1
IR_VERSION_TAG = 0x08
"""Field 1, a varint, as protocol buffers write it."""


def recognizes(head: bytes) -> bool:
    """Whether a file that begins so may be one: ONNX has no magic number, and begins with a small ``ir_version``."""
    return len(head) > 2 and head[0] == IR_VERSION_TAG and head[1] < 0x80


def embedded_contract(file: Path) -> Contract | None:  # noqa: ARG001
    """Return None: what an artifact's ONNX file holds is for readers without the artifact's folder."""
    return None


def op_counts(file: Path) -> Counter[str]:
    """Count the ops of the main graph."""
    onnx = require("onnx", asked="the ops of an ONNX file", extra="convert")
    return Counter(node.op_type for node in onnx.load(file, load_external_data=False).graph.node)


def operators(file: Path) -> list[Operator]:  # noqa: ARG001
    """Return none: execution providers take and refuse nodes by rules of their own."""
    return []
