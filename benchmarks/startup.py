"""How soon the command line answers."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.figures import Figure, alternate
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert
from edgekit.models.artifact import Artifact

PAIRS = 15
EDGEKIT = Path(sys.executable).with_name("edgekit")
BARE = """
import sys
import numpy
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
interpreter.invoke()
"""
"""What no prediction can do without, on zeros."""
PREDICT_GOAL = 1.9
"""On the demo's small model, where arguments, contract and bundle weigh most; `shipping` has a model of usual size."""


def measure(workload: Workload) -> list[Figure]:
    """Time whole processes, in turn."""
    return [_help(workload), _predict(workload)]


def _help(workload: Workload) -> Figure:
    ours, bare, ratio = alternate(
        lambda: _seconds(workload, str(EDGEKIT), "--help"),
        lambda: _seconds(workload, sys.executable, "-c", "import numpy"),
        pairs=PAIRS,
    )
    parts = f"edgekit --help {ours * 1e3:.0f} ms, import numpy {bare * 1e3:.0f} ms"
    return Figure(name="edgekit --help", goal=1.0, ratio=ratio, parts=parts, floor="starting Python")


def _predict(workload: Workload) -> Figure:
    artifact = convert(workload.model, "tflite-fp32", out=workload.scratch / "startup")
    photo = _photo(artifact, workload.scratch / "photo.png")
    ours, bare, ratio = alternate(
        lambda: _seconds(workload, str(EDGEKIT), "predict", str(artifact.path), str(photo)),
        lambda: _seconds(workload, sys.executable, "-c", BARE, str(artifact.file)),
        pairs=PAIRS,
    )
    parts = f"edgekit predict {ours * 1e3:.0f} ms, imports and one invoke {bare * 1e3:.0f} ms"
    floor = "importing numpy, Pillow and the interpreter, one invoke"
    return Figure(name="edgekit predict, cold, of one photo", goal=PREDICT_GOAL, ratio=ratio, parts=parts, floor=floor)


def _photo(artifact: Artifact, path: Path) -> Path:
    """Write a photo of the size that an artifact takes."""
    assert artifact.contract is not None, "it was converted here"
    height, width = artifact.contract.inputs[0].to_json()["size"] or (32, 32)
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def _seconds(workload: Workload, *command: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=workload.scratch)
    return time.perf_counter() - started
