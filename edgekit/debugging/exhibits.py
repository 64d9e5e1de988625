"""Exhibits of a diagnosis: files in which others can see what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.documents.diagnosis import Diagnosis, Operator
from edgekit.formats.tflite.graph import read_graph
from edgekit.formats.tflite.model_explorer import write_overlay
from edgekit.formats.tflite.subgraphs import Runner, name_of, single
from edgekit.report.drift import draw_drift
from edgekit.report.themed_svg import as_file
from edgekit.system.files import make_folder, write_bytes
from edgekit.system.optional import installed_version

GRADIENT = (
    {"stop": 0, "bgColor": "#b3261e"},
    {"stop": 0.5, "bgColor": "#f2c14e"},
    {"stop": 1, "bgColor": "#dfe9e2"},
)
"""From the least ratio to the greatest."""


def write_operator_overlay(out: Path, operators: Sequence[Operator]) -> str:
    """Write the error of each operator for Model Explorer, red where it is largest, and return the file."""
    ratios = {op.name: {"value": op.alone_db} for op in operators if op.alone_db is not None}
    path = make_folder(out) / "overlay.json"
    write_overlay(path, ratios, list(GRADIENT))
    return str(path)


def write_drift(out: Path, diagnosis: Diagnosis) -> str | None:
    """Draw the errors along the model, and return the file; None: matplotlib is not installed."""
    if installed_version("matplotlib") is None:
        return None
    path = out / "drift.svg"
    write_bytes(path, as_file(draw_drift(diagnosis)).encode())
    return str(path)


def write_reproducer(
    out: Path, culprit: Operator, shipped: bytes, model: bytes, feeds: Mapping[str, NDArray[Any]]
) -> str:
    """Write a culprit alone, as it ships and in float, with what goes into it for one sample; return the folder."""
    folder = make_folder(out / "reproducer")
    for name, content in (("artifact", shipped), ("float", model)):
        loaded = read_graph(content)
        graph = loaded.subgraphs[0]
        names = [name_of(graph, int(op.outputs[0])) for op in graph.operators]
        write_bytes(folder / f"{name}.tflite", single(loaded, names.index(culprit.name)))
    runner = Runner(model, inside=True)
    runner.run(feeds)
    alone = Runner((folder / "float.tflite").read_bytes())
    inputs = runner.tensors(list(alone.inputs))
    inputs |= {name: values for name, values in feeds.items() if name in alone.inputs}
    np.savez(folder / "inputs.npz", **inputs)  # type: ignore[arg-type]  # the stub takes a name for a flag
    return str(folder)
