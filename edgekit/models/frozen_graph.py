"""Frozen graphs on disk: one TensorFlow graph with its weights, from which every format is made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgekit.contract.contract import Contract
from edgekit.models.tuned_model import FRONT_FOLDER
from edgekit.system.files import make_folder, write_bytes, write_json
from edgekit.system.optional import tensorflow

GRAPH_FILE = "frozen.pb"


CORE_FILE = "core.json"


@dataclass(frozen=True, kw_only=True)
class FrozenGraph:
    """A frozen graph in a file: placeholders are named as the inputs, identities as the outputs of the contract.

    Attributes:
        path: The GraphDef, serialized.
        contract: What goes into the graph and comes out of it.
        front: Folder of the portable front end that makes the graph's inputs of the public ones; None: they are the
            same.
        trainable: Names of the constants that were trainable variables.
        ranges: Lowest and highest value of activations by node, where training has fixed them.
    """

    path: Path
    contract: Contract
    front: Path | None = None
    trainable: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def load(self) -> Any:
        """Return the GraphDef."""
        graph = tensorflow("converting").compat.v1.GraphDef()
        graph.ParseFromString(self.path.read_bytes())
        return graph


def load_frozen(folder: Path) -> FrozenGraph | None:
    """Return what `freeze` left in a folder; None if it did not, or not to the end."""
    if not (folder / CORE_FILE).is_file():
        return None
    front = folder / FRONT_FOLDER
    value = json.loads((folder / CORE_FILE).read_text())
    return FrozenGraph(
        path=folder / GRAPH_FILE,
        contract=Contract.from_json(value["contract"]),
        front=front if front.is_dir() else None,
        trainable=tuple(value["trainable"]),
        ranges={node: (low, high) for node, (low, high) in value["ranges"].items()},
    )


def save_frozen(
    folder: Path, definition: Any, graph: FrozenGraph, *, ranges: Mapping[str, tuple[float, float]]
) -> FrozenGraph:
    """Keep another GraphDef in the place of a frozen graph's, with the same inputs, outputs and front end."""
    frozen = replace(graph, path=folder / GRAPH_FILE, ranges=ranges)
    if graph.front is not None and not (folder / FRONT_FOLDER).exists():
        shutil.copytree(graph.front, make_folder(folder) / FRONT_FOLDER)
    return _write(folder, definition, frozen)


def _write(folder: Path, definition: Any, graph: FrozenGraph) -> FrozenGraph:
    write_bytes(folder / GRAPH_FILE, definition.SerializeToString(deterministic=True))
    value = {"contract": graph.contract.to_json(), "trainable": graph.trainable, "ranges": graph.ranges}
    write_json(folder / CORE_FILE, value)  # the last: where it is, all is
    frozen = load_frozen(folder)
    assert frozen is not None, "it was just written"
    return frozen
