"""ONNX Runtime's mobile providers: its own checker predicts what they take."""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from edgekit.formats.tflite.operators import Operator
from edgekit.planning.plan import Planned, PlannedOp, groups
from edgekit.system.optional import installed_version, require

CHECKER = "onnxruntime.tools.mobile_helpers.usability_checker"
COREML_OPS = "coreml_supported_mlprogram_ops.md"


def planned(file: Path, provider: str) -> Planned:
    """Return what becomes of each node of an ONNX file, as ONNX Runtime's checker predicts it.

    Args:
        file: The model.
        provider: ``nnapi`` or ``coreml``.
    """
    checker = require(CHECKER, asked=f"planning for {provider}", extra="onnx")
    model = _as_it_runs(file)
    if provider == "nnapi":
        found = checker.check_nnapi_partitions(model, require_fixed_input_sizes=True)
    else:
        found = checker.check_coreml_partitions(model, True, COREML_OPS)
    taken = {id(node) for group in found.supported_groups for node in group}
    ops = []
    for index, node in enumerate(model.graph.node):
        unsupported = f"{node.domain or 'ai.onnx'}:{node.op_type}" in found.unsupported_ops
        why = (f"{node.op_type} is not supported", "swap it for an operator that is, or leave it to the CPU")
        free = ("the size of what it reads is not fixed, or it has too many axes", "fix all sizes but the batch")
        obstacle = None if id(node) in taken else why if unsupported else free
        ops.append(replace(PlannedOp.of(_operator(index, node, ()), obstacle), name=_name(node)))
    source = (
        f"the checker of ONNX Runtime {installed_version('onnxruntime')} after its basic optimizations, a batch of one"
    )
    return Planned(basis="rules", source=source, ops=ops, partitions=found.num_partitions)


def _as_it_runs(file: Path) -> Any:
    """Return an ONNX model as the providers get it: optimized by ONNX Runtime, with sizes that are free set to one."""
    onnx = require("onnx", asked="planning", extra="convert")
    utils = require("onnxruntime.tools.onnx_model_utils", asked="planning", extra="onnx")
    model = onnx.load(str(file))
    free = {dim.dim_param for value in model.graph.input for dim in value.type.tensor_type.shape.dim if dim.dim_param}
    for name in free:
        utils.make_dim_param_fixed(model.graph, name, 1)
    for value in model.graph.input:
        dims = value.type.tensor_type.shape.dim
        if any(not dim.HasField("dim_value") for dim in dims):
            utils.make_input_shape_fixed(model.graph, value.name, [dim.dim_value or 1 for dim in dims])
    utils.fix_output_shapes(model)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        fixed, optimized = Path(scratch) / "fixed.onnx", Path(scratch) / "optimized.onnx"
        onnx.save(model, str(fixed))
        utils.optimize_model(fixed, optimized)
        return onnx.shape_inference.infer_shapes(onnx.load(str(optimized)))


def _operator(index: int, node: Any, makers: tuple[int, ...]) -> Operator:
    return Operator(index=index, kind=node.op_type, inputs=(), outputs=(), makers=makers)


def _name(node: Any) -> str:
    return str(node.output[0]) if node.output else ""


def planned_by_table(file: Path, name: str) -> Planned:
    """Return what becomes of each node of an ONNX file, by a table of the types that a provider takes.

    Args:
        file: The model.
        name: Of the table.
    """
    table = tomllib.loads((resources.files("edgekit.planning") / f"{name}.toml").read_text(encoding="utf-8"))
    nodes = list(_as_it_runs(file).graph.node)
    makers = {output: index for index, node in enumerate(nodes) for output in node.output}
    operators = [
        _operator(index, node, tuple(makers[name] for name in node.input if name in makers))
        for index, node in enumerate(nodes)
    ]
    taken = {operator.index for operator in operators if operator.kind in table["operators"]}
    taken |= {
        op.index for op in operators
        if op.kind in table["fused"] and any(operators[maker].kind in table["fused_behind"] for maker in op.makers[:1])
    }  # fmt: skip
    ops = [
        replace(
            PlannedOp.of(op, None if op.index in taken else (f"{op.kind} is not supported", "leave it to the CPU")),
            name=_name(node),
        )
        for op, node in zip(operators, nodes, strict=True)
    ]
    source = f"{table['version']}, {table['source']}"
    return Planned(basis="rules", source=source, ops=ops, partitions=len(groups(operators, taken)))
