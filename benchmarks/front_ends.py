"""Portable front ends: against TensorFlow's own graph for the same part, their size, and memory on a device."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure, alternate
from benchmarks.workload import ROOT, Workload
from edgekit.conversion.conversion import convert
from edgekit.frontend import load_program
from edgekit.inference.latency import SENTENCE
from edgekit.models.artifact import Artifact
from edgekit.original.finished import load_model
from edgekit.system.digests import folder_bytes

RUNS, PAIRS = 50, 30
MEGABYTE = 1e6
DEVICE_PYTHON = ROOT / ".venv-device" / "bin" / "python"


def measure(workload: Workload) -> list[Figure]:
    """Measure the material's text and audio modules; without material nothing."""
    if workload.material is None:
        sys.stdout.write("front ends: no material, so nothing is measured\n")
        return []
    modules = workload.material / "modules"
    text, text_artifact = _made(workload, modules / "text_embedding_en_dim64", "text")
    audio, audio_artifact = _made(workload, modules / "speech_embedding_16k", "audio")
    sentence = np.array([SENTENCE], object)
    sound = np.random.default_rng(0).normal(0, 0.1, [1, 16000]).astype(np.float32)
    figures = [
        _against_tensorflow(
            "front end, one sentence of 20 words",
            1.0,
            text,
            text_artifact,
            sentence,
            ["SelectV2", "SparseFillEmptyRows"],
        ),
        _against_tensorflow("front end, one second of sound", 1.5, audio, audio_artifact, sound, ["Real"]),
        _bytes([text_artifact, audio_artifact]),
    ]
    if DEVICE_PYTHON.exists():
        figures.append(_memory(text_artifact, workload.scratch))
    else:
        sys.stdout.write("memory on a device: no .venv-device, so it is not measured (make device)\n")
    return figures


def _made(workload: Workload, module: Path, name: str) -> tuple[Path, Artifact]:
    model = load_model(module, out=workload.scratch / name / "model")
    return model.path, convert(model, "tflite-fp32", out=workload.scratch / name)


def _against_tensorflow(name: str, goal: float, model: Path, artifact: Artifact, value: Any, ends: list[str]) -> Figure:
    """Compare with the frozen graph, pruned at the last op of each type in ``ends``, where the front end ends too."""
    assert artifact.front is not None
    program, graph = load_program(artifact.front), _pruned(model, ends)
    key = program.inputs[0].name

    def timed(run: Callable[[], Any]) -> Callable[[], float]:
        def measured() -> float:
            started = time.perf_counter()
            for _ in range(RUNS):
                run()
            return (time.perf_counter() - started) / RUNS

        return measured

    ours, theirs, ratio = alternate(timed(lambda: program.run({key: value})), timed(lambda: graph(value)), pairs=PAIRS)
    parts = f"{ours * 1e6:.0f} us in NumPy, {theirs * 1e6:.0f} us in TensorFlow, batch 1"
    return Figure(name=name, goal=goal, ratio=ratio, parts=parts, floor=f"{len(program.nodes)} calls into NumPy")


def _pruned(model: Path, ends: list[str]) -> Callable[[Any], Any]:
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    loaded = tf.saved_model.load(str(model))
    function = loaded.signatures["serving_default"]
    frozen = convert_variables_to_constants_v2(function, lower_control_flow=False, aggressive_inlining=True)
    operations = frozen.graph.get_operations()
    fetched = [[op for op in operations if op.type == end][-1].outputs[0] for end in ends]
    tables = [handle for handle, inner in function.graph.captures if inner.name in {t.name for t in frozen.inputs}]
    pruned = frozen.prune(frozen.inputs, fetched)
    return lambda value: pruned(tf.constant(value), *tables) and loaded  # the module owns the tables


def _bytes(artifacts: list[Artifact]) -> Figure:
    """Weigh what a front end holds besides its vocabulary."""
    sizes = {}
    for artifact in artifacts:
        assert artifact.front is not None
        vocabulary = sum(file.stat().st_size for file in artifact.front.glob("vocabulary-*"))
        sizes[artifact.path.parent.name] = folder_bytes(artifact.front) - vocabulary
    parts = ", ".join(f"{name} {size / 1e3:.1f} kB" for name, size in sizes.items())
    return Figure(
        name="front end on disk besides its vocabulary, against 64 kB",
        goal=1.0,
        ratio=max(sizes.values()) / 64e3,
        parts=parts,
        floor="its constants, compressed",
    )


def _memory(artifact: Artifact, scratch: Path) -> Figure:
    """Compare peak memory of the whole artifact with tflite-runtime and an empty model, plus 20 MB and the model."""
    empty = scratch / "empty.tflite"
    empty.write_bytes(_empty_model())
    ours, bare = _peak("artifact", artifact.path), _peak("bare", empty)
    allowed = bare + 20 * MEGABYTE + artifact.file.stat().st_size
    sides = [size / MEGABYTE for size in (ours, bare, allowed)]
    parts = "{:.1f} MB; empty model {:.1f}, plus 20 MB and the model {:.1f}".format(*sides)
    floor = "Python, NumPy, the interpreter, the model, its vocabulary as a dict"
    return Figure(
        name="peak memory of a text artifact on a device", goal=1.0, ratio=ours / allowed, parts=parts, floor=floor
    )


def _empty_model() -> bytes:
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    add = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec([1, 4], tf.float32)])
    model: bytes = tf.lite.TFLiteConverter.from_concrete_functions([add.get_concrete_function()]).convert()
    return model


def _peak(what: str, path: Path) -> float:
    command = [str(DEVICE_PYTHON), "-m", "benchmarks.device_memory", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return float(json.loads(done.stdout))
