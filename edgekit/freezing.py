"""Freezing: a SavedModel's signature becomes one flat graph with its weights in it, read once for all converters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgekit.contract import Contract
from edgekit.errors import ConversionError
from edgekit.files import write_bytes
from edgekit.frameworks import tensorflow
from edgekit.models import TunedModel

GRAPH_FILE = "frozen.pb"

_CALL_PREFIX = re.compile(r"^(Stateful)?PartitionedCall(_\d+)?$")


@dataclass(frozen=True, kw_only=True)
class FrozenGraph:
    """A frozen graph in a file: placeholders are named as the inputs, identities as the outputs of the contract.

    Attributes:
        path: The GraphDef, serialized.
        contract: What goes in and comes out.
    """

    path: Path
    contract: Contract

    def load(self) -> Any:
        """Return the GraphDef."""
        graph = tensorflow("converting").compat.v1.GraphDef()
        graph.ParseFromString(self.path.read_bytes())
        return graph


def freeze(model: TunedModel, folder: Path) -> FrozenGraph:
    """Freeze and inline the signature of a model.

    Reading a SavedModel with hundreds of functions is what takes a conversion's time; here it happens once.

    Args:
        model: The model.
        folder: Where the graph's file goes.

    Raises:
        ConversionError: TensorFlow cannot load or freeze it.
    """
    tf = tensorflow("converting")
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    try:
        loaded = tf.saved_model.load(str(model.path))
        function = loaded.signatures[model.contract.signature]
        frozen = convert_variables_to_constants_v2(function, lower_control_flow=False, aggressive_inlining=True)
    except Exception as error:
        raise ConversionError(f"TensorFlow cannot freeze {model.path}: {str(error).splitlines()[0]}") from error
    keys = list(function.structured_outputs)
    inputs = dict(zip(_input_keys(function, frozen.inputs), (tensor.op.name for tensor in frozen.inputs), strict=True))
    ends = {key: tensor.name for key, tensor in zip(sorted(keys), frozen.outputs, strict=True)}
    graph = _renamed(frozen.graph.as_graph_def(), model.contract, inputs, ends)
    write_bytes(folder / GRAPH_FILE, graph.SerializeToString(deterministic=True))
    return FrozenGraph(path=folder / GRAPH_FILE, contract=model.contract)


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


def _renamed(graph: Any, contract: Contract, inputs: Mapping[str, str], ends: Mapping[str, str]) -> Any:
    """Give inputs and outputs the contract's names, and inner nodes names without the calls they were inlined from."""
    names = _short_names(
        graph, taken={*(spec.name for spec in contract.inputs), *(spec.name for spec in contract.outputs)}
    )
    for spec in contract.inputs:
        names[_found(inputs, spec.key)] = spec.name
    made = type(graph)()
    made.versions.CopyFrom(graph.versions)
    for node in graph.node:
        copy = made.node.add()
        copy.CopyFrom(node)
        copy.name = names[node.name]
        copy.input[:] = [_renamed_tensor(source, names) for source in node.input]
        copy.ClearField("experimental_debug_info")
    for output in contract.outputs:
        _add_identity(made, output.name, _renamed_tensor(_found(ends, output.key), names), graph, ends[output.key])
    return made


def _found(names: Mapping[str, str], key: str) -> str:
    if key not in names:
        raise ConversionError(f"the frozen graph has no {key!r} (it has: {', '.join(names)})")
    return names[key]


def _short_names(graph: Any, taken: set[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    used = set(taken)
    for node in graph.node:
        parts = [part for part in node.name.split("/") if not _CALL_PREFIX.match(part)]
        short = "/".join(parts) or node.op
        name, number = short, 0
        while name in used:
            number += 1
            name = f"{short}_{number}"
        used.add(name)
        names[node.name] = name
    return names


def _renamed_tensor(tensor: str, names: Mapping[str, str]) -> str:
    control = "^" if tensor.startswith("^") else ""
    node, colon, port = tensor.removeprefix("^").partition(":")
    return f"{control}{names[node]}{colon}{port}"


def _add_identity(graph: Any, name: str, source: str, original: Any, tensor: str) -> None:
    node = graph.node.add()
    node.op, node.name = "Identity", name
    node.input.append(source)
    node.attr["T"].type = _dtype_of(original, tensor)


def _dtype_of(graph: Any, tensor: str) -> int:
    tf = tensorflow()
    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(graph, name="")
    return int(imported.get_tensor_by_name(tensor).dtype.as_datatype_enum)
