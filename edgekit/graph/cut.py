"""The cut: what a graph does before any format's builtin ops becomes a portable front end, the rest the core.

The cut is found from the graph. An op has no builtin if it handles strings, complex numbers, tables or ragged rows;
it and all that it depends on go to the front end, and everything else, with the large weights, is the core. One
rewrite comes first: a sum of embeddings over ragged rows (``SparseSegmentSqrtN`` and its kin) reads the large table
itself, so it becomes padded ids and weights, made in front, and a gather and a product of matrices in the core.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.batch import Tensors
from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.shape import Shape
from edgekit.errors import ConversionError, FrontEndError
from edgekit.frontend import Node, Port, Program, Table
from edgekit.frontend.program import check_program
from edgekit.frontend.ragged import BAG_OP
from edgekit.frontend.registry import OPS
from edgekit.graph.ancestry import ancestors, dependents
from edgekit.graph.bags import BAGS, bag_ports, embedding_bag
from edgekit.graph.frontend_ops import FRONT_DTYPES, FRONT_OPS, has_front_dtype
from edgekit.graph.loops import with_functions
from edgekit.graph.nodes import constant_of, node_of
from edgekit.graph.port_names import PortNames
from edgekit.graph.shape_probe import with_probed_shapes
from edgekit.system.optional import tensorflow

LARGEST_CONSTANT = 1 << 20
"""Values of a constant that a front end may carry; a larger one is a weight, which belongs into the core."""

SILENT_OPS = ("Assert", "NoOp")


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A graph in two parts: the front end, and the core as a GraphDef with the contract of its inputs."""

    program: Program
    core: Any
    contract: Contract


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
        self.needed = ancestors(ends)
        live = [op for op in graph.get_operations() if op in self.needed and op.type not in SILENT_OPS]
        self.live = live
        self.depends = dependents(live)
        self.bags = [op for op in live if op.type in BAGS and op.inputs[0].op not in self.depends]
        self.front = self._front_ops()
        self.names = PortNames(contract)

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
            ids, weights = bag_ports(bag)
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
            InputSpec.of("tensor", name=port.name, dtype=port.dtype, shape=port.shape, key=port.name)
            for port in program.outputs
        )
        return Cut(program=program, core=core, contract=replace(self.contract, inputs=specs, batched=False))

    def _front_ops(self) -> set[Any]:
        """Return every op that has no builtin, and all that these depend on."""
        ends = []
        for op in self.live:
            if op in self.bags:
                ends += [tensor.op for tensor in op.inputs[1:]]
            elif op.type in FRONT_OPS or op.type in BAGS or has_front_dtype(op):
                ends.append(op)
        return {op for op in ancestors(ends) if op in self.depends and op.type != "Placeholder"} | {
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
                        outputs=bag_ports(op),
                        attrs={"combiner": BAGS[op.type]},
                    )
                )
            elif op in self.front:
                node = node_of(op, self.tables)
                sources = [tensor for tensor in op.inputs if tensor.name in node.inputs]
                constants.update(self._constants(sources))
                nodes.append(node)
        return nodes, constants

    def _constants(self, tensors: Iterable[Any]) -> dict[str, NDArray[Any]]:
        constants = {}
        for tensor in tensors:
            if tensor.op in self.depends or tensor.op in self.front:
                continue
            value = constant_of(tensor)
            if value.size > LARGEST_CONSTANT:
                raise ConversionError(
                    f"node {tensor.op.name} holds {value.size} weights and feeds an op that has no builtin: a front "
                    f"end that large is not portable"
                )
            constants[tensor.name] = value
        return constants

    def _boundary(self) -> list[Any]:
        """Return the tensors that the core reads from the front end, public inputs among them."""
        crossing: Tensors = {}
        for op in self.live:
            if op in self.front or op in self.bags or op not in self.depends:
                continue
            for tensor in op.inputs:
                source = tensor.op
                if source in self.front or (source.type == "Placeholder" and source in self.depends):
                    crossing.setdefault(tensor.name, tensor)
        return list(crossing.values())

    def _core(self, program: Program) -> Any:
        """Build the core's GraphDef, with a placeholder for each of its inputs."""
        tf = tensorflow()
        behind = ancestors(
            [self.graph.get_operation_by_name(spec.name) for spec in self.contract.outputs],
            stop=lambda op: op in self.front or op in self.bags or op.type == "Placeholder",
        )
        core = tf.Graph()
        tensors: Tensors = {}
        with core.as_default():
            for port in program.outputs:
                tensors[port.tensor] = tf.compat.v1.placeholder(port.dtype, port.shape, name=port.name)
            for op in self.live:
                if op in self.bags:
                    tensors[op.outputs[0].name] = embedding_bag(op, tensors)
                elif op in behind and op not in self.front and op.type != "Placeholder":
                    _copy(op, tensors, core)
        return with_functions(core.as_graph_def(), self.graph.as_graph_def().library.function)


def _shape_of(tensor: Any) -> Shape:
    if tensor.shape.rank is None:
        return ()
    return tuple(None if size is None else int(size) for size in tensor.shape.as_list())


def _copy(op: Any, tensors: Tensors, core: Any) -> None:
    inputs = [tensors[tensor.name] for tensor in op.inputs]
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
        tensors[old.name] = new
