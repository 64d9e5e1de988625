"""Large models: memory of the whole process tree and processor time, against the stock converters called by hand."""

from __future__ import annotations

import importlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.architecture_models import encoder, natural, save
from benchmarks.figures import Figure
from benchmarks.variants import stock_onnx, stock_tflite
from benchmarks.workload import Workload
from edgekit.contract.batch import Batch
from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import load_samples
from edgekit.original.finished import load_model
from edgekit.recipe.variants import parse_variant
from edgekit.system.optional import tensorflow

RUNS = 3
SAMPLES = 16
INTERVAL = 0.05  # seconds between two looks at the memory
SMALL = {"tokens": 30522, "length": 64, "width": 512, "layers": 4, "heads": 8}
BASE = {"tokens": 30522, "length": 64, "width": 768, "layers": 12, "heads": 12}
"""Devlin et al. 2019 (BERT-base) and Turc et al. 2019 (BERT-small)."""
VARIANTS = ("tflite-fp32", "tflite-int8", "onnx-fp32")
GIGABYTE = 1e9


@dataclass(frozen=True, kw_only=True)
class Large:
    """A model and its limits.

    Attributes:
        build: Makes it of the package that is its argument.
        variants: What it is converted into.
        goal: Gigabytes that may be taken at the peak.
    """

    build: Callable[[Any], Any]
    variants: tuple[str, ...] = VARIANTS
    goal: float


MODELS = {
    "ResNet50": Large(
        build=lambda keras: keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=1000), goal=4
    ),
    "BERT-small": Large(build=lambda keras: encoder(keras, **SMALL), variants=("onnx-fp32",), goal=4),
    "VGG16": Large(build=lambda keras: keras.applications.VGG16(weights=None), goal=10),
    "BERT-base": Large(build=lambda keras: encoder(keras, **BASE), goal=10),
}


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a process, or one with all of its children, took: bytes at the peak, and seconds of processor time."""

    memory: int
    seconds: float


def measure(workload: Workload) -> list[Figure]:
    """Measure each model in processes of its own."""
    figures = []
    for name, large in MODELS.items():
        path = workload.scratch / name
        _run("build", name, path)
        ours = [_run("ours", name, path) for _ in range(RUNS if name == "ResNet50" else 1)]
        memory = max(use.memory for use in ours) / GIGABYTE
        stock = _run("stock", name, path) if name == "ResNet50" else None
        beside = "" if stock is None else f"; the stock converters {stock.memory / GIGABYTE:.2f} GB"
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6
        parts = f"{memory:.2f} GB for {size:.0f} MB into {', '.join(large.variants)}{beside}"
        floor = "TensorFlow itself, and the weights once each in the graph and in the file"
        figures.append(
            Figure(name=f"peak memory, {name}, in GB", goal=large.goal, ratio=memory, parts=parts, floor=floor)
        )
        if stock is not None:
            figures.append(_time([use.seconds for use in ours], stock.seconds))
    return figures


def _time(ours: list[float], stock: float) -> Figure:
    seconds = statistics.median(ours)
    parts = f"edgekit {seconds:.1f} s (median of {len(ours)}), stock converters {stock:.1f} s (one run)"
    floor = "one float conversion per format"
    return Figure(name="processor time, ResNet50", goal=0.8, ratio=seconds / stock, parts=parts, floor=floor)


def _run(side: str, name: str, path: Path) -> Use:
    """Run one side in a fresh process, and weigh it with all of its children."""
    command = [sys.executable, "-m", "benchmarks.large_models", side, name, str(path)]
    child = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, seconds = 0, dict[int, float]()
    while True:
        uses = {process.pid: _use(process) for process in [child, *_descendants(child)]}
        peak = max(peak, sum(use.memory for use in uses.values()))
        seconds |= {number: use.seconds for number, use in uses.items() if use.seconds}
        try:
            child.wait(INTERVAL)
            break
        except psutil.TimeoutExpired:
            continue
    if child.returncode:
        raise RuntimeError(f"{side} of {name} ended with {child.returncode}")
    return Use(memory=peak, seconds=sum(seconds.values()))


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _use(process: psutil.Process) -> Use:
    """Return what a process takes now: of pages that several use its share."""
    try:
        with process.oneshot():
            times = process.cpu_times()
            return Use(memory=int(process.memory_full_info().pss), seconds=times.user + times.system)
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has ended
        return Use(memory=0, seconds=0.0)


def main() -> None:
    """Be one side: ``python -m benchmarks.large_models build|ours|stock NAME PATH``."""
    side, name, path = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    large = MODELS[name]
    if side == "build":
        tensorflow()  # before Keras, which it chooses
        save(large.build(importlib.import_module("keras")), path, "keras")
        return
    model = load_model(path)
    spec = model.contract.inputs[0]
    shape = (SAMPLES, *(size or 1 for size in spec.shape[1:]))
    generator = np.random.default_rng(0)
    words = np.dtype(spec.dtype).kind == "i"
    samples = generator.integers(1, 1000, shape).astype(spec.dtype) if words else natural(generator, shape)
    if side == "ours":
        variants = [parse_variant(variant) for variant in large.variants]
        with tempfile.TemporaryDirectory() as out:
            for result in convert_all(
                model, variants, samples=load_samples({spec.name: samples}), out=Path(out) / "of"
            ):
                assert result.artifact, result.error
        return

    def batches() -> Iterator[Batch]:
        for sample in samples:
            yield {spec.name: sample[None]}

    tf = tensorflow()
    for precision in ("fp32", "int8"):
        path.with_suffix(f".{precision}").write_bytes(stock_tflite(tf, path, precision, spec.name, batches))
    stock_onnx(path, path.with_suffix(".onnx"))


if __name__ == "__main__":
    main()
