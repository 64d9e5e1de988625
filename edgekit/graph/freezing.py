"""Freezing: a SavedModel's signature becomes one flat graph with its weights in it, read once for all converters.

Where the graph begins with ops that no format has, its front end is cut off and kept beside it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from edgekit.contract.contract import Contract
from edgekit.errors import ConversionError
from edgekit.frontend import Table, load_program, save_program
from edgekit.frontend.program import chained
from edgekit.graph.cut import cut
from edgekit.graph.folding import folded
from edgekit.graph.frontend_ops import needs_front_end
from edgekit.graph.inlining import inlined
from edgekit.graph.learned_ranges import without_fake_quantization
from edgekit.graph.states import check_states
from edgekit.models.frozen_graph import GRAPH_FILE, FrozenGraph, _write
from edgekit.models.tuned_model import FRONT_FOLDER, TunedModel
from edgekit.system.optional import tensorflow
from edgekit.system.printable import reason_of

T = TypeVar("T")

_CALL_PREFIX = re.compile(r"^(Stateful)?PartitionedCall(_\d+)?$")


def freeze(model: TunedModel, folder: Path) -> FrozenGraph:
    """Freeze and inline the signature of a model, and cut off its front end if it needs one.

    Reading a SavedModel with hundreds of functions is what takes a conversion's time; here it happens once.

    Args:
        model: The model.
        folder: Where the files go.

    Raises:
        ConversionError: TensorFlow cannot load or freeze it, or an op is neither portable nor convertible.
    """
    tf = tensorflow("converting")
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2  # heavy

    contract = model.served()
    try:
        loaded = tf.saved_model.load(str(model.path))
        function = loaded.signatures[contract.signature]
    except Exception as error:
        raise _cannot_freeze(model, error) from error
    try:
        frozen = convert_variables_to_constants_v2(function, lower_control_flow=False, aggressive_inlining=True)
    except Exception as error:
        check_states(function)
        raise _cannot_freeze(model, error) from error
    placeholders = [tensor for tensor in frozen.inputs if tensor.dtype != tf.resource]
    inputs = dict(zip(_input_keys(function, placeholders), (t.op.name for t in placeholders), strict=True))
    ends = dict(zip(sorted(function.structured_outputs), frozen.outputs, strict=True))
    graph, program = inlined(frozen.graph.as_graph_def()), None
    trainable = _through_identities(graph, _trainable(loaded, function))
    fronted = needs_front_end(graph, _live(graph, [tensor.name for tensor in ends.values()]))
    if fronted:
        graph = folded(graph, [tensor.op.name for tensor in itertools.chain(frozen.inputs, frozen.outputs)])
    names = _short_names(graph, taken=contract.names)
    graph = _renamed(graph, contract, names, inputs, ends)
    if fronted:
        tables = read_tables(function, {tensor.op.name: names.get(tensor.op.name, "") for tensor in frozen.inputs})
        parts = cut(graph, contract, tables)
        graph, contract, program = parts.core, parts.contract, parts.program
    if model.front is not None:
        program = chained(load_program(model.front), program)
    if program is not None:
        save_program(program, folder / FRONT_FOLDER)
    graph, ranges = without_fake_quantization(graph)
    constants = {node.name for node in graph.node if node.op == "Const"}
    variables = tuple(sorted(constants.intersection(names.get(name, "") for name in trainable)))
    frozen_graph = FrozenGraph(path=folder / GRAPH_FILE, contract=contract, trainable=variables, ranges=ranges)
    return _write(folder, graph, frozen_graph)


def _cannot_freeze(model: TunedModel, error: Exception) -> ConversionError:
    return ConversionError(f"TensorFlow cannot freeze {model.path}: {reason_of(error)}", path=model.path)


def _trainable(loaded: Any, function: Any) -> list[str]:
    """Return the placeholders of a signature's variables that fine-tuning may change.

    A module lists them, and otherwise its variables say so themselves.
    """
    listed = getattr(loaded, "trainable_variables", None)
    handles = {id(variable.handle) for variable in (function.trainable_variables if listed is None else listed)}
    return [inner.op.name for handle, inner in function.graph.captures if id(handle) in handles]


def _through_identities(graph: Any, names: Iterable[str]) -> set[str]:
    """Return nodes and the identities of them: folding makes constants of those."""
    nodes = set(names)
    for node in graph.node:  # a graph lists what a node reads before it
        if node.op == "Identity" and node.input[0].partition(":")[0] in nodes:
            nodes.add(node.name)
    return nodes


def read_tables(function: Any, names: Mapping[str, str]) -> dict[str, Table]:
    """Return the lookup tables that a signature uses, by the names of the placeholders that stand for them.

    Args:
        function: The signature, loaded.
        names: What each placeholder of the frozen graph is called in the graph that is cut.
    """
    handles = {inner.op.name: handle for handle, inner in function.graph.captures if inner.op.name in names}
    return {names[name]: _table(handle, names[name]) for name, handle in handles.items() if names[name]}


def _table(handle: Any, name: str) -> Table:
    """Return a table's contents, which TensorFlow gives out for every kind of table, if its types are known."""
    tf = tensorflow()
    for keys, values in itertools.product((tf.string, tf.int64, tf.int32), (tf.int64, tf.string, tf.int32, tf.float32)):
        try:
            exported = tf.raw_ops.LookupTableExportV2(table_handle=handle, Tkeys=keys, Tvalues=values)
        except tf.errors.OpError:
            continue
        pairs = sorted(
            zip(exported[0].numpy().tolist(), exported[1].numpy().tolist(), strict=True), key=lambda p: (p[1], p[0])
        )
        return Table(name=name, lookup=dict(pairs), value_dtype=values.name)
    raise ConversionError(f"{name} is a resource that is neither a variable nor a lookup table")


def _input_keys(function: Any, placeholders: Sequence[Any]) -> list[str]:
    """Return the keys of a signature's inputs in the order of its placeholders.

    A loaded signature knows them; in TF1 formats the placeholders have other names than the keys.
    """
    keywords = getattr(function, "_arg_keywords", None)
    if keywords and len(keywords) == len(placeholders):
        return [str(keyword) for keyword in keywords]
    mark = "_user_specified_name"
    attributes = [tensor.op.node_def.attr for tensor in placeholders]
    return [
        a[mark].s.decode() if mark in a else tensor.op.name for a, tensor in zip(attributes, placeholders, strict=True)
    ]


def _renamed(
    graph: Any, contract: Contract, names: dict[str, str], inputs: Mapping[str, str], ends: Mapping[str, Any]
) -> Any:
    """Give inputs and outputs the contract's names, and inner nodes names without the calls they were inlined from."""
    for spec in contract.inputs:
        names[_found(inputs, spec.key)] = spec.name
    renamed = type(graph)()
    renamed.versions.CopyFrom(graph.versions)
    live = _live(graph, [ends[output.key].name for output in contract.outputs if output.key in ends])
    _copy_functions(graph, renamed, live)
    for node in graph.node:
        if node.name not in live and node.op != "Placeholder":
            continue
        copy = renamed.node.add()
        copy.CopyFrom(node)
        copy.name = names[node.name]
        copy.input[:] = [_renamed_tensor(source, names) for source in node.input if not source.startswith("^")]
        copy.ClearField("experimental_debug_info")
    for output in contract.outputs:
        tensor = _found(ends, output.key)
        _add_identity(renamed, output.name, _renamed_tensor(tensor.name, names), tensor.dtype)
    return renamed


def _live(graph: Any, ends: Iterable[str]) -> set[str]:
    """Return the nodes that the outputs are computed from; what only has to run before, such as a check, is none."""
    nodes = {node.name: node for node in graph.node}
    pending, reached = list(ends), set[str]()
    while pending:
        name = pending.pop().partition(":")[0]
        if name not in reached and not name.startswith("^"):
            reached.add(name)
            pending += nodes[name].input
    return reached


def _copy_functions(graph: Any, target: Any, live: set[str]) -> None:
    """Copy the functions, bodies of loops and branches, that live nodes call, directly or not."""
    functions = {function.signature.name: function for function in graph.library.function}
    pending = [node for node in graph.node if node.name in live]
    copied = set[str]()
    while pending:
        for value in pending.pop().attr.values():
            for called in (value.func.name, *(func.name for func in value.list.func)):
                if called in functions and called not in copied:
                    copied.add(called)
                    pending += functions[called].node_def
    target.library.function.extend(function for name, function in functions.items() if name in copied)


def _found(names: Mapping[str, T], key: str) -> T:
    if key not in names:
        raise ConversionError(f"the frozen graph has no {key!r} (it has: {', '.join(names)})")
    return names[key]


def _short_names(graph: Any, taken: set[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    used = set(taken)
    for node in graph.node:
        parts = [segment for segment in node.name.split("/") if not _CALL_PREFIX.match(segment)]
        short = "/".join(parts) or node.op
        name, number = short, 0
        while name in used:
            number += 1
            name = f"{short}_{number}"
        used.add(name)
        names[node.name] = name
    return names


def _renamed_tensor(tensor: str, names: Mapping[str, str]) -> str:
    node, colon, port = tensor.partition(":")
    return f"{names[node]}{colon}{port}"


def _add_identity(graph: Any, name: str, source: str, dtype: Any) -> None:
    node = graph.node.add()
    node.op, node.name = "Identity", name
    node.input.append(source)
    node.attr["T"].type = dtype.as_datatype_enum
