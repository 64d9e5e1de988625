"""ONNX Runtime's mobile providers: its own checker predicts what they take."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from edgekit.adapters.delegate import Obstacle, Planned, PlannedOp
from edgekit.formats.tflite.operators import Operator
from edgekit.planning.partitions import groups
from edgekit.planning.rules import read_table
from edgekit.system.optional import installed_version, require

CHECKER = "onnxruntime.tools.mobile_helpers.usability_checker"


def planned_by_checker(file: Path, provider: str, partitions_of: Callable[[Any, Any], Any]) -> Planned:
    """Return what becomes of each node of an ONNX file, as ONNX Runtime's checker predicts it.

    Args:
        file: The model.
        provider: What the provider is called.
        partitions_of: Asks the checker, a module, about a model.
    """
    checker = require(CHECKER, asked=f"planning for {provider}", extra="onnx")
    model = _as_it_runs(file)
    support = partitions_of(checker, model)
    delegated = {id(node) for group in support.supported_groups for node in group}
    ops = []
    for index, node in enumerate(model.graph.node):
        obstacle = None if id(node) in delegated else _obstacle(node, support.unsupported_ops)
        ops.append(replace(PlannedOp.of(_operator(index, node, ()), obstacle), name=_name(node)))
    source = (
        f"the checker of ONNX Runtime {installed_version('onnxruntime')} after its basic optimizations, a batch of one"
    )
    return Planned(basis="rules", source=source, ops=ops, partitions=support.num_partitions)


def _obstacle(node: Any, unsupported: Collection[str]) -> Obstacle:
    if f"{node.domain or 'ai.onnx'}:{node.op_type}" in unsupported:
        return f"{node.op_type} is not supported", "swap it for an operator that is, or leave it to the CPU"
    return "the size of what it reads is not fixed, or it has too many axes", "fix all sizes but the batch"


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
    table = read_table(name)
    nodes = list(_as_it_runs(file).graph.node)
    operators = _operators(nodes)
    delegated = {operator.index for operator in operators if operator.kind in table["operators"]}
    for operator in operators:
        behind = [operators[maker].kind for maker in operator.makers[:1]]
        if operator.kind in table["fused"] and behind and behind[0] in table["fused_behind"]:
            delegated.add(operator.index)
    ops = []
    for operator, node in zip(operators, nodes, strict=True):
        obstacle = (f"{operator.kind} is not supported", "leave it to the CPU")
        planned = PlannedOp.of(operator, None if operator.index in delegated else obstacle)
        ops.append(replace(planned, name=_name(node)))
    source = f"{table['version']}, {table['source']}"
    return Planned(basis="rules", source=source, ops=ops, partitions=len(groups(operators, delegated)))


def _operators(nodes: Sequence[Any]) -> list[Operator]:
    """Return nodes as operators that know which others make what they read."""
    makers = {output: index for index, node in enumerate(nodes) for output in node.output}
    operators = []
    for index, node in enumerate(nodes):
        sources = tuple(makers[name] for name in node.input if name in makers)
        operators.append(_operator(index, node, sources))
    return operators
