"""Completeness: whether a SavedModel's folder has the files that its graph reads, so that what is missing is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgekit.errors import ModuleError

INDEX = "variables/variables.index"
SHARD = re.compile(r"variables\.data-\d+-of-(\d+)")
VARIABLE_OPS = ("VarHandleOp", "VariableV2", "Variable")


def check_complete(meta: Any, path: Path) -> None:
    """Refuse a SavedModel of which files are missing.

    Args:
        meta: Its graph, as ``saved_model.pb`` has it.
        path: Its folder.

    Raises:
        ModuleError: A file is missing; it is named, and what it held.
    """
    lost = next(_lost(meta, path), None)
    if lost is not None:
        raise ModuleError(
            f"{path} is not whole: {lost}; copy the folder anew, with all that is in it, or save the model again",
            path=path,
        )


def _lost(meta: Any, path: Path) -> Iterator[str]:
    for asset in meta.asset_file_def:
        if not (path / "assets" / asset.filename).is_file():
            yield f"there is no assets/{asset.filename}, a file that the model reads"
    if not _has_variables(meta):
        return
    if not (path / "variables").is_dir():
        yield "there is no folder variables/ in it, which holds the weights"
    elif not (path / INDEX).is_file():
        yield f"there is no {INDEX}, which says where each weight lies"
    shards = [match for file in path.glob("variables/*") if (match := SHARD.fullmatch(file.name))]
    if not shards:
        yield "there is no variables/variables.data-*, which holds the weights"
    elif len(shards) != int(shards[0][1]):
        yield f"of the {int(shards[0][1])} files variables/variables.data-* there are {len(shards)}"


def _has_variables(meta: Any) -> bool:
    if any(node.WhichOneof("kind") == "variable" for node in meta.object_graph_def.nodes):
        return True
    return any(node.op in VARIABLE_OPS for node in meta.graph_def.node)
