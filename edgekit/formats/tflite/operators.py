"""Operators of a TFLite file as the rules of delegates ask about them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from edgekit.errors import ArtifactError
from edgekit.formats.tflite.graph import operator_type, read_graph
from edgekit.system.optional import require


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """What goes into an operator, or comes out.

    Attributes:
        name: Its name.
        dtype: Its type, such as ``INT8``.
        shape: Its sizes; None for one that each run may change.
        constant: Whether it is in the file.
        steps: Scale and zero point of its integers; None: it has none, or one per channel.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    constant: bool
    steps: tuple[float, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator.

    Attributes:
        index: Its place in the file.
        kind: Its type, such as ``CONV_2D``; of a custom operator its own name.
        inputs: What goes in.
        outputs: What comes out.
        makers: Indices of the operators that make its inputs.
        options: The schema's options.
        version: Of its type, as the converter wrote it.
    """

    index: int
    kind: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    makers: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)
    version: int = 1

    @property
    def name(self) -> str:
        """The name of its first output."""
        return self.outputs[0].name if self.outputs else ""

    @property
    def activation(self) -> bool:
        """Whether an activation is fused into it."""
        return bool(self.options.get("fusedActivationFunction"))


def operators_of(model: bytes) -> list[Operator]:
    """Return the operators of the main graph, in the order of the file."""
    schema = require("ai_edge_litert.schema_py_generated", asked="planning", extra="litert")
    try:
        loaded = read_graph(model)
    except (struct.error, IndexError, ValueError, TypeError, AttributeError) as error:
        raise ArtifactError("it is a damaged TFLite file") from error
    graph = loaded.subgraphs[0]
    dtypes = {code: name for name, code in vars(schema.TensorType).items() if isinstance(code, int)}

    def tensor(index: int) -> Tensor:
        stored = graph.tensors[index]
        sizes = stored.shape if stored.shapeSignature is None else stored.shapeSignature
        shape = [None if size < 0 else int(size) for size in ([] if sizes is None else sizes)]
        return Tensor(
            name=stored.name.decode(errors="replace"),
            dtype=dtypes.get(stored.type, str(stored.type)),
            shape=tuple(shape),
            constant=stored.buffer > 0 and _has_data(loaded.buffers[stored.buffer]),
            steps=_steps(stored.quantization),
        )

    makers: dict[int, int] = {}
    operators = []
    for index, operator in enumerate(graph.operators):
        reads = [int(i) for i in operator.inputs if i >= 0]
        kind = operator_type(loaded, operator)
        if kind == "CUSTOM":
            kind = loaded.operatorCodes[operator.opcodeIndex].customCode.decode(errors="replace")
        options = operator.builtinOptions
        operators.append(
            Operator(
                index=index,
                kind=kind,
                inputs=tuple(tensor(i) for i in reads),
                outputs=tuple(tensor(int(i)) for i in operator.outputs),
                makers=tuple(sorted({makers[i] for i in reads if i in makers})),
                options={} if options is None else dict(vars(options)),
                version=int(loaded.operatorCodes[operator.opcodeIndex].version),
            )
        )
        makers |= {int(i): index for i in operator.outputs}
    return operators


def _steps(quantization: Any) -> tuple[float, int] | None:
    if quantization is None or quantization.scale is None or len(quantization.scale) != 1:
        return None
    return float(quantization.scale[0]), int(quantization.zeroPoint[0]) if quantization.zeroPoint is not None else 0


def _has_data(buffer: Any) -> bool:
    return buffer.data is not None and len(buffer.data) > 0
