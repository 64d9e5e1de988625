"""Overlays: values on the nodes of a model's graph, as Google's Model Explorer reads them.

The format is its "custom node data", by the names of output tensors:
https://github.com/google-ai-edge/model-explorer/wiki/2.-User-Guide
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from edgekit.errors import OutputError
from edgekit.system.files import JsonObject, write_json

GRAPH = "main"
"""What its TFLite adapter calls the first graph of a file."""


def write_overlay(path: Path, results: Mapping[str, JsonObject], gradient: Sequence[JsonObject] = ()) -> None:
    """Write an overlay.

    Args:
        path: The file.
        results: By tensor, ``value``, and ``bgColor`` where no gradient colours it.
        gradient: From the lowest value to the highest, each ``stop`` in [0, 1] and ``bgColor``.

    Raises:
        OutputError: It cannot be written there.
    """
    if not path.absolute().parent.is_dir() or path.is_dir():
        raise OutputError(f"cannot write {path}: {'it is a folder' if path.is_dir() else 'there is no such folder'}")
    graph: JsonObject = {"results": dict(results)}
    if gradient:
        graph["gradient"] = list(gradient)
    write_json(path, {GRAPH: graph})
