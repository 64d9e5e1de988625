"""The cut: what a graph does before any format's builtin ops becomes a portable front end, the rest the core.

The cut is found from the graph. An op has no builtin if it handles strings, complex numbers, tables or ragged rows;
it and all that it depends on go to the front end, and everything else, with the large weights, is the core. One
rewrite comes first: a sum of embeddings over ragged rows (``SparseSegmentSqrtN`` and its kin) reads the large table
itself, so it becomes padded ids and weights, made in front, and a gather and a product of matrices in the core.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec, Shape
from edgekit.errors import ConversionError, FrontEndError
from edgekit.frontend import Node, Port, Program, Table
from edgekit.frontend.program import check_program
from edgekit.frontend.ragged import BAG_OP
from edgekit.frontend.registry import OPS
from edgekit.graph.nodes import constant_of, node_of
from edgekit.graph.shape_probe import with_probed_shapes
from edgekit.system.optional import tensorflow

FRONT_DTYPES = ("string", "complex64", "complex128", "resource", "variant")
"""Tensors that no builtin op of TFLite or ONNX takes."""

FRONT_OPS = (
    "Bincount", "DenseBincount", "RaggedBincount", "RaggedGather", "RaggedRange", "RaggedTensorToSparse",
    "RaggedTensorToTensor", "SparseConcat", "SparseFillEmptyRows", "SparseReorder", "SparseReshape", "SparseSlice",
    "SparseToDense", "StringToHashBucketFast",
)  # fmt: skip
"""Further ops that at least one of the formats has no builtin for."""

BAGS = {
    "SparseSegmentSum": "sum",
    "SparseSegmentMean": "mean",
    "SparseSegmentSqrtN": "sqrtn",
    "SparseSegmentSumWithNumSegments": "sum",
    "SparseSegmentMeanWithNumSegments": "mean",
    "SparseSegmentSqrtNWithNumSegments": "sqrtn",
}
"""Sums of embeddings over rows, by how they combine."""

LARGEST_CONSTANT = 1 << 20
"""Values of a constant that a front end may carry; a larger one is a weight, which belongs into the core."""

SILENT_OPS = ("Assert", "NoOp")


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A graph in two parts: the front end, and the core as a GraphDef with the contract of its inputs."""

    program: Program
    core: Any
    contract: Contract


def needs_front_end(graph: Any, live: Collection[str]) -> bool:
    """Whether one of the live nodes of a frozen GraphDef is an op that only a front end can run."""
    tf = tensorflow()
    front = {getattr(tf, name).as_datatype_enum for name in FRONT_DTYPES}
    for node in graph.node:
        if node.name not in live:
            continue
        if node.op in FRONT_OPS or node.op in BAGS:
            return True
        if any(value.type in front or front & set(value.list.type) for value in node.attr.values()):
            return True
    return False


def folded(graph: Any, keep: Iterable[str], *, arithmetic: bool = True) -> Any:
    """Return a GraphDef with its constant parts computed, by TensorFlow's own optimizer.

    Args:
        graph: The GraphDef.
        keep: Names of nodes that stay.
        arithmetic: Whether to simplify arithmetic too.
    """
    tf = tensorflow()
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
    from tensorflow.python.grappler import tf_optimizer

    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(graph, name="")
    meta = tf.compat.v1.train.export_meta_graph(graph_def=graph, graph=imported)
    fetches = meta_graph_pb2.CollectionDef()
    fetches.node_list.value.extend(keep)
    meta.collection_def["train_op"].CopyFrom(fetches)
    options = config_pb2.ConfigProto()
    rewrites = options.graph_options.rewrite_options
    simplified = ["arithmetic", "constfold"] if arithmetic else []
    rewrites.optimizers.extend(["constfold", *simplified, "dependency", "pruning"])
    rewrites.meta_optimizer_iterations = 2
    rewrites.min_graph_nodes = -1  # small graphs too
    return tf_optimizer.OptimizeGraph(options, meta)


def cut(graph: Any, contract: Contract, tables: Mapping[str, Table]) -> Cut:
    """Cut a frozen graph whose placeholders and outputs are named as the contract's.

    Args:
        graph: The GraphDef.
        contract: What goes in and comes out of the whole.
        tables: Lookup tables, by the placeholder that stands for each.

    Raises:
        ConversionError: Neither the front end nor the formats can run an op; it is named, and where it is.
    """
    tf = tensorflow()
    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(graph, name="")
    return _Cutter(imported, contract, tables).run()


class _Cutter:
    def __init__(self, graph: Any, contract: Contract, tables: Mapping[str, Table]) -> None:
        self.graph, self.contract, self.tables = graph, contract, tables
        ends = [graph.get_operation_by_name(spec.name) for spec in contract.outputs]
        self.needed = _ancestors(ends)
        live = [op for op in graph.get_operations() if op in self.needed and op.type not in SILENT_OPS]
        self.live = live
        self.depends = _depending(live)
        self.bags = [op for op in live if op.type in BAGS and op.inputs[0].op not in self.depends]
        self.front = self._front_ops()
        self.names = _Names(contract)

    def run(self) -> Cut:
        self._refuse_what_neither_runs()
        nodes, constants = self._front_nodes()
        boundary = self._boundary()
        inputs = tuple(
            Port(name=spec.name, tensor=f"{spec.name}:0", dtype=spec.dtype, shape=spec.shape)
            for spec in self.contract.inputs
        )
        outputs = [
            Port(name=self.names.of(t.name), tensor=t.name, dtype=t.dtype.name, shape=_shape_of(t)) for t in boundary
        ]
        for bag in self.bags:
            ids, weights = _bag_outputs(bag)
            outputs.append(Port(name=self.names.of(ids), tensor=ids, dtype="int32", shape=(None, None)))
            outputs.append(Port(name=self.names.of(weights), tensor=weights, dtype="float32", shape=(None, 1, None)))
        if not outputs:
            raise ConversionError("nothing remains for the converter: the whole graph is strings or complex numbers")
        used = {name for node in nodes for name in (node.attrs.get("table"),) if name}
        program = Program(
            inputs=inputs,
            outputs=tuple(outputs),
            nodes=tuple(nodes),
            constants=constants,
            tables={table.name: table for table in self.tables.values() if table.name in used},
        )
        try:
            check_program(program)
        except FrontEndError as error:
            raise ConversionError(f"the front end cannot be made portable: {error}") from error
        program = with_probed_shapes(program)
        core = self._core(program)
        specs = tuple(
            InputSpec(name=port.name, kind="tensor", dtype=port.dtype, shape=port.shape, key=port.name)
            for port in program.outputs
        )
        return Cut(program=program, core=core, contract=replace(self.contract, inputs=specs, batched=False))

    def _front_ops(self) -> set[Any]:
        """Return every op that has no builtin, and all that these depend on."""
        ends = []
        for op in self.live:
            if op in self.bags:
                ends += [tensor.op for tensor in op.inputs[1:]]
            elif op.type in FRONT_OPS or op.type in BAGS or _has_front_dtype(op):
                ends.append(op)
        return {op for op in _ancestors(ends) if op in self.depends and op.type != "Placeholder"} | {
            op for op in ends if op.type not in ("Placeholder", "Const")
        }

    def _refuse_what_neither_runs(self) -> None:
        for op in self.front:
            if op.type in OPS or op.type in SILENT_OPS or op.type in ("Const", "Placeholder", "RegexReplace"):
                continue
            raise ConversionError(
                f"op {op.type} (node {op.name}) has no builtin in TFLite or ONNX, and no portable form here: "
                f"use a module without it, or do that step before the model"
            )
        for spec in self.contract.outputs:
            tensor = self.graph.get_tensor_by_name(f"{spec.name}:0")
            if tensor.dtype.name in FRONT_DTYPES:
                raise ConversionError(f"output {spec.name!r} is {tensor.dtype.name}, which no format can give back")

    def _front_nodes(self) -> tuple[list[Node], dict[str, NDArray[Any]]]:
        nodes: list[Node] = []
        constants: dict[str, NDArray[Any]] = {}
        for op in self.live:
            if op in self.bags:
                constants.update(self._constants(op.inputs[1:]))
                nodes.append(
                    Node(
                        op=BAG_OP,
                        inputs=tuple(tensor.name for tensor in op.inputs[1:]),
                        outputs=_bag_outputs(op),
                        attrs={"combiner": BAGS[op.type]},
                    )
                )
            elif op in self.front:
                node = node_of(op, self.tables)
                read = [tensor for tensor in op.inputs if tensor.name in node.inputs]
                constants.update(self._constants(read))
                nodes.append(node)
        return nodes, constants

    def _constants(self, tensors: Iterable[Any]) -> dict[str, NDArray[Any]]:
        found = {}
        for tensor in tensors:
            if tensor.op in self.depends or tensor.op in self.front:
                continue
            value = constant_of(tensor)
            if value.size > LARGEST_CONSTANT:
                raise ConversionError(
                    f"node {tensor.op.name} holds {value.size} weights and feeds an op that has no builtin: a front "
                    f"end that large is not portable"
                )
            found[tensor.name] = value
        return found

    def _boundary(self) -> list[Any]:
        """Return the tensors that the core reads from the front end, public inputs among them."""
        found: dict[str, Any] = {}
        for op in self.live:
            if op in self.front or op in self.bags or op not in self.depends:
                continue
            for tensor in op.inputs:
                source = tensor.op
                if source in self.front or (source.type == "Placeholder" and source in self.depends):
                    found.setdefault(tensor.name, tensor)
        return list(found.values())

    def _core(self, program: Program) -> Any:
        """Build the core's GraphDef, with a placeholder for each of its inputs."""
        tf = tensorflow()
        kept = _ancestors(
            [self.graph.get_operation_by_name(spec.name) for spec in self.contract.outputs],
            stop=lambda op: op in self.front or op in self.bags or op.type == "Placeholder",
        )
        core = tf.Graph()
        made: dict[str, Any] = {}
        with core.as_default():
            for port in program.outputs:
                made[port.tensor] = tf.compat.v1.placeholder(port.dtype, port.shape, name=port.name)
            for op in self.live:
                if op in self.bags:
                    made[op.outputs[0].name] = _bag(op, made)
                elif op in kept and op not in self.front and op.type != "Placeholder":
                    _copy(op, made, core)
        return core.as_graph_def()


def _ancestors(ends: Iterable[Any], stop: Any = lambda _op: False) -> set[Any]:
    seen = set()
    pending = list(ends)
    while pending:
        op = pending.pop()
        if op in seen:
            continue
        seen.add(op)
        if not stop(op):
            pending += [tensor.op for tensor in op.inputs]
    return seen


def _depending(ops: Iterable[Any]) -> set[Any]:
    """Return the ops that depend on an input of the model or on a table, in an order that has sources first."""
    found = set[Any]()
    for op in ops:
        if op.type == "Placeholder" or any(tensor.op in found for tensor in op.inputs):
            found.add(op)
    return found


def _has_front_dtype(op: Any) -> bool:
    return any(tensor.dtype.name in FRONT_DTYPES for tensor in itertools.chain(op.inputs, op.outputs))


def _shape_of(tensor: Any) -> Shape:
    if tensor.shape.rank is None:
        return ()
    return tuple(None if size is None else int(size) for size in tensor.shape.as_list())


class _Names:
    """Names of the core's inputs: of a public input its own, else one made of the tensor's that is not taken."""

    def __init__(self, contract: Contract) -> None:
        self.public = {f"{spec.name}:0": spec.name for spec in contract.inputs}
        self.taken = contract.names

    def of(self, tensor: str) -> str:
        if tensor in self.public:
            return self.public[tensor]
        node, _, port = tensor.partition(":")
        stem = re.sub(r"[^A-Za-z0-9_]+", "_", "_".join(node.split("/")[-2:])).strip("_") or "front"
        stem += "" if port == "0" else f"_{port}"
        name, number = stem, 1
        while name in self.taken:
            number += 1
            name = f"{stem}_{number}"
        self.taken.add(name)
        return name


def _bag_outputs(op: Any) -> tuple[str, str]:
    return f"{op.name}/ids:0", f"{op.name}/weights:0"


def _bag(op: Any, made: Mapping[str, Any]) -> Any:
    """Add a bag of embeddings to the core: gather rows of the table, and multiply by each bag's weights.

    As a product of matrices, integers are summed in 32 bits and rounded once; a sum that is scaled afterwards needs
    the range of the longest sentence.
    """
    tf = tensorflow()
    table = constant_of(op.inputs[0])
    if table.ndim != 2:
        raise ConversionError(f"op {op.type} (node {op.name}) sums rows of rank {table.ndim}, only vectors work")
    ids, weights = (made[name] for name in _bag_outputs(op))
    rows = tf.gather(tf.constant(table, name=f"{op.name}/table"), tf.reshape(ids, [-1]))
    shape = tf.shape(ids)
    rows = tf.reshape(rows, tf.stack([shape[0], shape[1], table.shape[1]]))
    return tf.reshape(tf.matmul(weights, rows), [-1, table.shape[1]])


def _copy(op: Any, made: dict[str, Any], core: Any) -> None:
    inputs = [made[tensor.name] for tensor in op.inputs]
    definition = type(op.node_def)()
    definition.CopyFrom(op.node_def)
    for key in [key for key in definition.attr if key.startswith("_")]:
        del definition.attr[key]
    copied = core.create_op(
        op.type,
        inputs,
        [tensor.dtype for tensor in op.outputs],
        name=f"{op.name}/" if op.name else None,
        attrs=dict(definition.attr),
    )
    for old, new in zip(op.outputs, copied.outputs, strict=True):
        made[old.name] = new
