"""Further variants, quantization-aware training and pruning, against the stock converter and plain training."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure, alternate
from benchmarks.variants import stock_tflite
from benchmarks.workload import Workload
from edgekit.compression.distillation import Retraining
from edgekit.compression.fake_quant import add_ranges, range_points
from edgekit.compression.training_graph import training_graph
from edgekit.conversion.conversion import convert, convert_all
from edgekit.conversion.job import calibration_subset
from edgekit.evaluation.parity import parity
from edgekit.graph.freezing import freeze
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.recipe.variants import parse_variant
from edgekit.system.optional import require, tensorflow

RUNS = 3
BATCH = 16


def measure(workload: Workload) -> list[Figure]:
    """Measure each on the workload's model."""
    return [_derived(workload), _step(workload), _pruned(workload)]


def _derived(workload: Workload) -> Figure:
    """One more quantized variant of a model that has others, against one more call of the stock converter."""
    model, split = workload.model, workload.split
    assert split.train is not None
    samples = calibration_subset(split.train, 100, seed=0)
    work, out = workload.scratch / "derived-work", workload.scratch / "derived"
    convert_all(model, [parse_variant("tflite-int8")], samples=samples, out=out, work=work)
    batches = [samples.read(i, i + 1, model.contract) for i in range(len(samples))]

    def ours() -> float:
        target = workload.scratch / f"derived-{time.monotonic_ns()}"
        return _seconds(
            lambda: convert_all(model, [parse_variant("tflite-int16x8")], samples=samples, out=target, work=work)
        )

    def stock() -> float:
        name = model.contract.inputs[0].name
        return _seconds(lambda: stock_tflite(tensorflow(), model.path, "int8full", name, lambda: iter(batches)))

    ours()
    first, second = (statistics.median(side() for _ in range(RUNS)) for side in (ours, stock))
    return Figure(
        name="one further quantized variant, against a stock TFLiteConverter call",
        goal=0.15,
        ratio=first / second,
        parts=f"edgekit {first:.2f} s with loading and a run on a sample, stock {second:.2f} s (medians of {RUNS})",
        floor="a child process, the float file read and the variant written",
    )


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _step(workload: Workload) -> Figure:
    """A step under fake quantization, against a step of Keras that fine-tunes the same model in float."""
    tf = tensorflow()
    hub = require("tensorflow_hub", asked="the benchmark", extra="convert")
    model = workload.model
    folder = workload.scratch / "step"
    folder.mkdir()
    frozen = freeze(model, folder)
    outputs = [spec.name for spec in frozen.contract.outputs]
    graph, teacher = (training_graph(frozen.load(), outputs) for _ in range(2))
    points = range_points(graph)
    add_ranges(graph, points)
    hints = [point for point in range_points(teacher) if point not in {spec.name for spec in frozen.contract.inputs}]
    training = Retraining(
        graph,
        teacher,
        frozen.contract,
        trainable=frozen.trainable,
        hints=hints,
        rate=1e-5,
        steps=100,
        ranges=dict.fromkeys(points, (-6.0, 6.0)),
    )
    (spec,) = frozen.contract.inputs
    images = np.random.default_rng(0).random((BATCH, *map(int, filter(None, spec.shape[1:])))).astype(np.float32)
    feeds = {spec.name: tf.constant(images)}
    labels = np.zeros(BATCH, np.int64)
    inputs = tf.keras.Input(images.shape[1:])
    plain = tf.keras.Model(inputs, hub.KerasLayer(str(model.path), trainable=True)(inputs))
    plain.compile(tf.keras.optimizers.Adam(1e-5), tf.keras.losses.SparseCategoricalCrossentropy())
    ours, keras, ratio = alternate(
        lambda: _seconds(lambda: float(training.step(feeds))),
        lambda: _seconds(lambda: plain.train_on_batch(images, labels)),
        pairs=12,
    )
    return Figure(
        name="a step of quantization-aware training, against float fine-tuning",
        goal=1.8,
        ratio=ratio,
        parts=f"edgekit {1e3 * ours:.0f} ms with the teacher's answers, Keras {1e3 * keras:.0f} ms, batch {BATCH}",
        floor="one pass forward and back, and one of the teacher forward",
    )


def _pruned(workload: Workload) -> Figure:
    """Half of the weights away and int8: its drop, against the upper end of the dense int8's interval."""
    model, split = workload.model, workload.split
    assert split.train is not None
    out = workload.scratch / "pruned"
    drops = {}
    for name in ("tflite-int8", "tflite-int8-s50"):
        artifact = convert(model, name, data=split.train, out=Path(out), settings=ConversionRecipe())
        task = parity(model, artifact, data=split.held_out).to_json()["task"]
        drops[name] = (task["drop"], task["drop_interval"])
    drop, (_, high) = drops["tflite-int8-s50"][0], drops["tflite-int8"][1]
    return Figure(
        name="int8 with 50% of the weights: drop beyond the dense int8's interval",
        goal=0.0,
        ratio=drop - high,
        parts=f"drop {drop:+.3f}; dense int8 {drops['tflite-int8'][0]:+.3f}, interval to {high:+.3f}",
        floor=f"{len(split.held_out)} photos",
    )
