"""Modules: a resolved handle with its format, signatures, ops, size and digest, read without running any of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgekit.contract.shape import Shape
from edgekit.contract.signature import Signature, TensorSpec
from edgekit.errors import ModuleError
from edgekit.hub.completeness import check_complete
from edgekit.hub.hub_layers import module_paths
from edgekit.hub.keras_files import foreign_classes, keras_signature, layer_classes, layers_of_hub
from edgekit.hub.risks import FOREIGN, PYTHON, graph_risks
from edgekit.system.digests import Digest, folder_bytes, tree_digest, value_digest
from edgekit.system.files import JsonObject
from edgekit.system.optional import tensorflow

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")


@dataclass(frozen=True, kw_only=True)
class Module:
    """A module or model that was found and read.

    Attributes:
        handle: As the user gave it.
        path: The local folder or file.
        format: ``tf2-hub`` (reusable SavedModel), ``tf1-hub``, ``saved_model`` (signatures only), ``keras``, ``h5``.
        signatures: By key.
        callable: For a reusable SavedModel, whether it can be called as a layer.
        ops: How often each op occurs, in all functions.
        risks: Ops that reach outside the graph: ``{"op", "where", "risk"}``.
        bytes: Size of all files.
        digest: Digest of all files, those of the modules in its layers included.
        modules: Of a Keras file, the folders of the modules that its layers name, by handle.
        imports: Of a Keras file, the files of Python code that define its own classes.
    """

    handle: str
    path: Path
    format: str
    signatures: Mapping[str, Signature]
    callable: bool
    ops: Mapping[str, int]
    risks: tuple[Mapping[str, str], ...]
    bytes: int
    digest: Digest
    modules: Mapping[str, Path] = field(default_factory=dict)
    imports: tuple[Path, ...] = ()

    def to_json(self) -> JsonObject:
        """Return what ``edgekit inspect --json`` prints."""
        return {
            "handle": self.handle,
            "digest": self.digest,
            "format": self.format,
            "signatures": {key: signature.to_json() for key, signature in self.signatures.items()},
            "bytes": self.bytes,
            "ops": dict(self.ops),
            "risks": [dict(risk) for risk in self.risks],
        }


def read_module(handle: str, path: Path, *, root: Path | None = None, imports: Sequence[Path] = ()) -> Module:
    """Read a module that lies at ``path``.

    Args:
        handle: As the user gave it.
        path: The local folder or file.
        root: Where the modules lie that layers of a Keras file name.
        imports: Files of Python code that define the classes of a Keras file; they are trusted, and run.

    Raises:
        ModuleError: It is not a model, or is damaged.
    """
    if path.is_dir():
        return _read_saved_model(handle, path)
    if path.suffix in KERAS_SUFFIXES:
        return _read_keras(handle, path, root, tuple(imports))
    raise ModuleError(
        f"{path} is neither a SavedModel folder nor a Keras file ({', '.join(KERAS_SUFFIXES)})", path=path
    )


def _read_saved_model(handle: str, path: Path) -> Module:
    saved = _parse_saved_model(path)
    meta = _serving_graph(saved)
    check_complete(meta, path)
    signatures = {
        key: _signature(definition)
        for key, definition in sorted(meta.signature_def.items())
        if not key.startswith("__saved_model")
    }
    live = _live_nodes(meta)
    dead = _dead_functions(meta, live)
    kind = _kind(meta, path)
    return Module(
        handle=handle,
        path=path,
        format=kind,
        signatures=signatures,
        callable=kind == "tf2-hub",
        ops=dict(sorted(Counter(_ops(meta, dead, live)).items())),
        risks=tuple(graph_risks(meta, dead, live)),
        bytes=folder_bytes(path),
        digest=tree_digest(path),
    )


def _kind(meta: Any, path: Path) -> str:
    """Tell a reusable SavedModel, which has a method of its object graph, from TF1's module and a plain one."""
    if not _has_objects(meta):
        return "tf1-hub" if (path / "tfhub_module.pb").exists() else "saved_model"
    children = {child.local_name for child in meta.object_graph_def.nodes[0].children}
    return "tf2-hub" if "__call__" in children else "saved_model"


def _parse_saved_model(path: Path) -> Any:
    file = path / "saved_model.pb"
    if not file.is_file():
        inside = [item.parent for item in path.glob("*/saved_model.pb")]
        hint = f"; did you mean {inside[0]}?" if inside else ""
        raise ModuleError(f"{path} holds no SavedModel: there is no saved_model.pb in it{hint}", path=path)
    tensorflow("reading a SavedModel")
    from google.protobuf.message import DecodeError  # heavy
    from tensorflow.core.protobuf import saved_model_pb2  # heavy

    saved = saved_model_pb2.SavedModel()
    try:
        saved.ParseFromString(file.read_bytes())
    except DecodeError as error:
        raise ModuleError(f"{file} is damaged: {error}; get the module again") from error
    if not saved.meta_graphs:
        raise ModuleError(f"{file} is damaged: it holds no graph; get the module again")
    return saved


def _serving_graph(saved: Any) -> Any:
    """Return the graph that answers: tagged ``serve``, or, in TF1 hub modules, not tagged at all."""
    by_tags = {tuple(sorted(meta.meta_info_def.tags)): meta for meta in saved.meta_graphs}
    for tags in (("serve",), ()):
        if tags in by_tags:
            return by_tags[tags]
    return saved.meta_graphs[0]


def _has_objects(meta: Any) -> bool:
    return meta.HasField("object_graph_def") and len(meta.object_graph_def.nodes) > 0


def _signature(definition: Any) -> Signature:
    return Signature(inputs=_tensors(definition.inputs), outputs=_tensors(definition.outputs))


def _tensors(infos: Mapping[str, Any]) -> tuple[TensorSpec, ...]:
    tf = tensorflow()
    return tuple(
        TensorSpec(name=name, dtype=tf.as_dtype(info.dtype).name, shape=_shape(info.tensor_shape))
        for name, info in sorted(infos.items())
    )


def _shape(proto: Any) -> Shape | None:
    if proto.unknown_rank:
        return None
    return tuple(None if dim.size < 0 else int(dim.size) for dim in proto.dim)


def _dead_functions(meta: Any, live: set[str]) -> frozenset[str]:
    """Return the functions that only the saver of the model's own variables reaches: every SavedModel carries them."""
    called: dict[bool, set[str]] = {True: set(), False: set()}
    for node in meta.graph_def.node:
        if "f" in node.attr:
            called[node.name in live].add(node.attr["f"].func.name)
    return frozenset(called[False] - called[True])


def _ops(meta: Any, dead: frozenset[str], live: set[str]) -> Iterable[str]:
    """Yield the op of every node that a call can reach."""
    yield from (node.op for node in meta.graph_def.node if node.name in live)
    for function in meta.graph_def.library.function:
        if function.signature.name not in dead:
            yield from (node.op for node in function.node_def)


def _live_nodes(meta: Any) -> set[str]:
    """Return the names of the nodes that a signature, an initializer among them, depends on."""
    nodes = {node.name: node for node in meta.graph_def.node}
    pending = [info.name for key in meta.signature_def for info in meta.signature_def[key].outputs.values()]
    reached = set[str]()
    while pending:
        name = pending.pop().lstrip("^").partition(":")[0]
        if name in nodes and name not in reached:
            reached.add(name)
            pending += nodes[name].input
    return reached


def _read_keras(handle: str, path: Path, root: Path | None, imports: tuple[Path, ...]) -> Module:
    layers = Counter(layer_classes(path))
    risks = [{"op": "Lambda", "where": path.name, "risk": PYTHON} for _ in range(layers["Lambda"])]
    risks += [{"op": name, "where": path.name, "risk": FOREIGN} for name in foreign_classes(path, imports)]
    hub_layers = layers_of_hub(path)
    modules = module_paths(hub_layers, path, root)
    inner = {handle: read_module(handle, folder, root=root) for handle, folder in modules.items()}
    for layer in hub_layers:
        risks += [{**risk, "where": f"layer {layer.name}, {risk['where']}"} for risk in inner[layer.handle].risks]
    digests = [tree_digest(path), *(module.digest for module in inner.values()), *map(tree_digest, imports)]
    return Module(
        handle=handle,
        path=path,
        format="keras" if path.suffix == ".keras" else "h5",
        signatures={} if risks else {"serving_default": keras_signature(path, modules, imports)},
        callable=True,
        ops=dict(sorted(layers.items())),
        risks=tuple(risks),
        bytes=path.stat().st_size + sum(module.bytes for module in inner.values()),
        digest=value_digest(digests) if len(digests) > 1 else digests[0],
        modules=modules,
        imports=imports,
    )
