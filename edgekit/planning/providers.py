"""ONNX Runtime's mobile providers: its own checker predicts what they take."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from edgekit.frameworks import installed_version, require
from edgekit.planning.operators import Operator
from edgekit.planning.plan import Planned, PlannedOp, groups

CHECKER = "onnxruntime.tools.mobile_helpers.usability_checker"
COREML_OPS = "coreml_supported_mlprogram_ops.md"
FIXED = {"nnapi": True, "coreml": False}
"""Whether a provider needs fixed sizes."""


def planned(file: Path, provider: str) -> Planned:
    """Return what becomes of each node of an ONNX file, as ONNX Runtime's checker predicts it.

    Args:
        file: The model.
        provider: ``nnapi`` or ``coreml``.
    """
    checker = require(CHECKER, asked=f"planning for {provider}", extra="onnx")
    onnx = require("onnx", asked=f"planning for {provider}", extra="convert")
    model = onnx.shape_inference.infer_shapes(onnx.load(str(file)))
    if provider == "nnapi":
        found = checker.check_nnapi_partitions(model, FIXED[provider])
    else:
        found = checker.check_coreml_partitions(model, FIXED[provider], COREML_OPS)
    taken = [node for group in found.supported_groups for node in group]
    sizes = {value.name for value in [*model.graph.input, *model.graph.value_info] if not _fixed(value)}
    ops = [
        PlannedOp(
            index=index, op=node.op_type, name=node.output[0] if node.output else "",
            delegated=any(node is other for other in taken), **_why(node, found, sizes, provider, taken),
        )
        for index, node in enumerate(model.graph.node)
    ]  # fmt: skip
    version = installed_version("onnxruntime")
    source = f"the checker of ONNX Runtime {version}; its caveats are not checked"
    return Planned(basis="rules", source=source, ops=ops, partitions=found.num_partitions)


def planned_by_table(file: Path, name: str) -> Planned:
    """Return what becomes of each node of an ONNX file, by a table of the types that a provider takes.

    Args:
        file: The model.
        name: Of the table.
    """
    onnx = require("onnx", asked="planning", extra="convert")
    table = tomllib.loads((resources.files("edgekit.planning") / f"{name}.toml").read_text(encoding="utf-8"))
    nodes = list(onnx.load(str(file), load_external_data=False).graph.node)
    makers = {output: index for index, node in enumerate(nodes) for output in node.output}
    operators = [
        Operator(
            index=index, kind=node.op_type, inputs=(), outputs=(),
            makers=tuple(makers[name] for name in node.input if name in makers),
        )
        for index, node in enumerate(nodes)
    ]  # fmt: skip
    taken = {operator.index for operator in operators if operator.kind in table["operators"]}
    ops = [
        replace(
            PlannedOp.of(op, None if op.index in taken else (f"{op.kind} is not supported", "leave it to the CPU")),
            name=node.output[0],
        )
        for op, node in zip(operators, nodes, strict=True)
    ]
    source = f"{table['version']}, {table['source']}"
    return Planned(basis="rules", source=source, ops=ops, partitions=len(groups(operators, taken)))


def _fixed(value: Any) -> bool:
    return all(dim.HasField("dim_value") for dim in value.type.tensor_type.shape.dim)


def _why(node: Any, found: Any, sizes: set[str], provider: str, taken: list[Any]) -> dict[str, str | None]:
    if any(node is other for other in taken):
        return {}
    if f"{node.domain or 'ai.onnx'}:{node.op_type}" in found.unsupported_ops:
        return {"reason": f"{node.op_type} is not supported", "fix": "leave it to the CPU, or swap it"}
    free = next((name for name in node.input if name in sizes), None)
    if FIXED[provider] and free is not None:
        return {"reason": f"{free!r} has a size that is not fixed", "fix": "fix the batch when the app loads the model"}
    return {"reason": "the size of what it reads is not known, or it has too many axes", "fix": None}
