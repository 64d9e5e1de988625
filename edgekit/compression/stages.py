"""The stages of compression: a frozen graph becomes one with fewer weights, and one that is ready for int8."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.compression.clustering import clustered, shares_values
from edgekit.compression.distillation import Feeds, Progress, Retraining, fit, specs_of
from edgekit.compression.fake_quant import add_ranges, range_points
from edgekit.compression.importance import ends_of, weight_scales
from edgekit.compression.kernels import Kernel, chosen_kernels, find_kernels
from edgekit.compression.masks import layer_adaptive_scores, masks_of
from edgekit.compression.qat_start import rounded_start
from edgekit.compression.shortfall import check_reduced
from edgekit.compression.training_graph import TrainingGraph, training_graph, with_norms_folded
from edgekit.contract.contract import Contract
from edgekit.data.samples import Samples as RawSamples
from edgekit.errors import ConversionError
from edgekit.frontend import load_program
from edgekit.models.frozen_graph import FrozenGraph, save_frozen
from edgekit.recipe.recipe import CompressionRecipe
from edgekit.recipe.variants import Compression
from edgekit.system.optional import tensorflow
from edgekit.system.progress import silent

Array = NDArray[np.float32]
READ_BATCH = 32
GROWTH = 0.6
"""The share of the steps in which the zeros grow; in the rest the mask is fixed and the weights recover."""
UPDATES = 40
"""How often a mask is chosen anew while it grows."""
QAT_RATE = 0.1
"""The learning rate of quantization-aware training, as a share of that after pruning: it has less to repair."""


@dataclass(frozen=True)
class Samples:
    """Training samples as a frozen graph takes them; read from disk as they are needed."""

    raw: RawSamples
    contract: Contract
    front: Path | None

    @functools.cached_property
    def _program(self) -> Any:
        return None if self.front is None else load_program(self.front)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.raw)

    def batch(self, indices: Sequence[int]) -> Feeds:
        """Return some samples by the names of the graph's inputs."""
        chosen = self.raw.take(indices)
        values = chosen.read(0, len(chosen), self.contract)
        return values if self._program is None else dict(self._program.run(values))

    def batches(self) -> Iterator[Feeds]:
        """Return all samples in order."""
        for start in range(0, len(self), READ_BATCH):
            yield self.batch(range(start, min(start + READ_BATCH, len(self))))


def compress(
    graph: FrozenGraph,
    compression: Compression,
    settings: CompressionRecipe,
    *,
    samples: Samples | None,
    original: FrozenGraph,
    folder: Path,
    progress: Progress = silent,
) -> FrozenGraph:
    """Take weights away from a frozen graph, or train it for int8.

    Args:
        graph: The graph. What it has of zeros and shared weights is kept.
        compression: What to do: take a sparsity or clusters; with ``qat``, train a graph that has them for int8.
        settings: How to do it.
        samples: Training samples; without them weights are taken away in one shot.
        original: The graph whose answers are learned, before anything was done to it.
        folder: Where the new graph goes.
        progress: Called after each step of training.

    Raises:
        ConversionError: No layer can be compressed, or there is nothing to train, or to train on, or what came out is
            not what was to be done.
    """
    definition, ranges = graph.load(), graph.ranges
    if compression.clusters is not None and not compression.qat:
        definition, graph = _folded(definition, graph)
    job = _Job(graph, original, settings, samples, progress)
    kernels = [] if not (compression.sparsity or compression.clusters) else job.kernels(definition)
    if compression.qat:
        definition, ranges = job.quantization_aware(definition, kernels, compression)
    elif kernels:
        definition = job.reduced(definition, kernels, compression)
    if kernels:
        check_reduced(_values(definition, kernels), compression)
    return save_frozen(folder, definition, graph, ranges=ranges)


def _folded(definition: Any, graph: FrozenGraph) -> tuple[Any, FrozenGraph]:
    """Fold batch norms into the weights that are clustered: behind them a layer would share no values."""
    definition, origins = with_norms_folded(definition, [spec.name for spec in graph.contract.outputs])
    trainable = [name for name, origin in origins.items() if origin in graph.trainable]
    return definition, replace(graph, trainable=(*graph.trainable, *trainable))


@dataclass(frozen=True)
class _Job:
    graph: FrozenGraph
    original: FrozenGraph
    settings: CompressionRecipe
    samples: Samples | None
    progress: Progress

    @property
    def contract(self) -> Contract:
        return self.graph.contract

    def trainable_graph(self, definition: Any) -> TrainingGraph:
        return training_graph(definition, [spec.name for spec in self.contract.outputs])

    def retraining(self, start: TrainingGraph, teacher: TrainingGraph, *, rate: float, **more: Any) -> Retraining:
        assert self.samples is not None, "asked by the caller"
        inputs = {spec.name for spec in self.contract.inputs}
        return Retraining(
            start,
            teacher,
            self.contract,
            trainable=self.graph.trainable,
            hints=[point for point in range_points(teacher) if point not in inputs],
            rate=rate,
            steps=self.settings.epochs * -(-len(self.samples) // self.settings.batch_size),
            **more,
        )

    def kernels(self, definition: Any) -> list[Kernel]:
        """Return the kernels that are compressed."""
        return chosen_kernels(find_kernels(definition), also=self.settings.also, dense=self.settings.dense)

    def reduced(self, definition: Any, kernels: Sequence[Kernel], compression: Compression) -> Any:
        """Take weights away, all at once, or while the rest learns to make up for them."""
        trains = self.samples is not None and self.settings.schedule == "gradual" and self.settings.epochs > 0
        if not trains or not any(kernel.weights in self.graph.trainable for kernel in kernels):
            return _with_values(definition, self._in_one_shot(definition, kernels, compression))
        assert self.samples is not None, "asked before"
        teacher, start = self.trainable_graph(self.original.load()), definition
        if compression.clusters is not None:
            start = _with_values(definition, self._in_one_shot(definition, kernels, compression))
        elif fixed := [kernel for kernel in kernels if kernel.weights not in self.graph.trainable]:
            start = _with_values(definition, self._in_one_shot(definition, fixed, compression))
        begun = self.trainable_graph(start)
        masked, tied = _constraints(begun, kernels, compression)
        training = self.retraining(begun, teacher, rate=self.settings.learning_rate, masked=masked, tied=tied)
        grow = self._schedule(training, kernels, compression) if compression.sparsity is not None else None
        fit(training, self.samples, self.settings, self.progress, grow)
        return _with_values(start, training.values())

    def _in_one_shot(self, definition: Any, kernels: Sequence[Kernel], compression: Compression) -> dict[str, Array]:
        """Return the kernels with the least important weights zero, or with their weights in clusters."""
        weights = _values(definition, kernels)
        if compression.clusters is not None:
            return {name: clustered(value, compression.clusters) for name, value in weights.items()}
        assert compression.sparsity is not None, "asked by the caller"
        scales = self._scales(self.trainable_graph(definition), kernels)
        masks = masks_of(_scores(weights, scales), compression.sparsity)
        return {name: value * masks[name] for name, value in weights.items()}

    def _scales(self, graph: TrainingGraph, kernels: Sequence[Kernel]) -> dict[str, Array]:
        """Return what squared weights count for, where samples tell."""
        if self.samples is None:
            return {}
        names = {kernel.weights for kernel in kernels if kernel.role != "depthwise"}
        layers = [layer for layer in graph.layers.values() if layer.weights in names]
        activations = graph.run(specs_of(self.contract), self.samples.batches(), ends_of(graph, layers))
        return weight_scales(graph, layers, activations)

    def _schedule(
        self, training: Retraining, kernels: Sequence[Kernel], compression: Compression
    ) -> Callable[[int], None]:
        """Return what grows the masks: fast at first, slower to the end (Zhu and Gupta 2017, equation 1).

        The share at step ``t`` of ``T`` is ``final * (1 - (1 - t / T) ** 3)``.
        """
        assert compression.sparsity is not None, "asked by the caller"
        assert self.samples is not None, "asked by the caller"
        sparsity, names = compression.sparsity, [k.weights for k in kernels if k.weights in training.masks]
        scales = self._scales(training.teacher, kernels)
        steps = self.settings.epochs * -(-len(self.samples) // self.settings.batch_size)
        growing = min(max(1, round(GROWTH * steps)), steps - 1)  # the last step has all zeros, however few there are
        every = max(1, growing // UPDATES)

        def grow(step: int) -> None:
            if step > growing or (step % every and step != growing):
                return
            share = sparsity.share * (1 - (1 - step / growing) ** 3) if growing else sparsity.share
            weights = {name: training.variables[name].numpy() for name in names}
            for name, mask in masks_of(_scores(weights, scales), sparsity, share).items():
                training.set_mask(name, mask)

        return grow

    def quantization_aware(
        self, definition: Any, kernels: Sequence[Kernel], compression: Compression
    ) -> tuple[Any, dict[str, tuple[float, float]]]:
        """Train weights and the ranges of activations under fake quantization; zeros and clusters of kernels stay."""
        if self.samples is None or not len(self.samples) or self.settings.epochs == 0:
            raise ConversionError("quantization-aware training needs training samples and epochs: give [data] train")
        _require_trainable(self.graph, find_kernels(definition))
        teacher, start = self.trainable_graph(self.original.load()), self.trainable_graph(definition)
        masked, tied = _constraints(start, kernels, compression)
        start.values |= self._rounded(start, tied)
        points = range_points(start)
        activations = start.run(specs_of(self.contract), self.samples.batches(), points)
        extremes = []
        for batch in activations:
            extremes.append([(np.min(tensor), np.max(tensor)) for tensor in batch])
        edges = np.asarray(extremes)
        low, high = np.minimum(edges[:, :, 0].min(axis=0), 0.0), edges[:, :, 1].max(axis=0)
        ranges = {point: (float(low[i]), float(high[i])) for i, point in enumerate(points)}
        add_ranges(start, points)
        rate = QAT_RATE * self.settings.learning_rate
        training = self.retraining(start, teacher, rate=rate, ranges=ranges, masked=masked, tied=tied)
        fit(training, self.samples, self.settings, self.progress)
        return _with_values(definition, training.values()), training.ranges()

    def _rounded(self, start: TrainingGraph, tied: Sequence[str]) -> dict[str, Array]:
        """Return weights on int8 steps to start from: what training has to repair is less then."""
        assert self.samples is not None, "asked before"
        weights = rounded_start(start, specs_of(self.contract), self.samples.batches())
        return {name: value for name, value in weights.items() if name in self.graph.trainable and name not in tied}


def _constraints(
    graph: TrainingGraph, kernels: Sequence[Kernel], compression: Compression
) -> tuple[list[str], list[str]]:
    """Return the kernels whose zeros and those whose shared values outlast training.

    Layers that share values without having been clustered here, since the model came so, go on to share them too.
    """
    names = [kernel.weights for kernel in kernels]
    layers = [layer.weights for layer in graph.layers.values()]
    shared = [name for name in layers if shares_values(graph.values[name])]
    masked = names if compression.sparsity is not None else []
    return masked, list(dict.fromkeys([*shared, *(names if compression.clusters is not None else [])]))


def _scores(weights: dict[str, Array], scales: dict[str, Array]) -> dict[str, Array]:
    """Return the importance of weights, or, where one kernel has none that was measured, that by size for all."""
    if set(weights) <= set(scales):
        with np.errstate(over="ignore"):  # weights that grow without bound are told by the loss
            return {name: np.square(value) * scales[name] for name, value in weights.items()}
    return {name: layer_adaptive_scores(value) for name, value in weights.items()}


def _values(definition: Any, kernels: Sequence[Kernel]) -> dict[str, Array]:
    tf, names = tensorflow(), {kernel.weights for kernel in kernels}
    return {node.name: tf.make_ndarray(node.attr["value"].tensor) for node in definition.node if node.name in names}


def _with_values(definition: Any, values: dict[str, Array]) -> Any:
    """Return a GraphDef with other values of some constants."""
    tf = tensorflow()
    changed = type(definition)()
    changed.CopyFrom(definition)
    for node in changed.node:
        if node.name in values:
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values[node.name], tf.float32))
    return changed


def _require_trainable(graph: FrozenGraph, kernels: Sequence[Kernel]) -> None:
    """Refuse a model most of whose weights may not be trained, as of a module without trainable variables."""
    total = sum(kernel.size for kernel in kernels)
    free = sum(kernel.size for kernel in kernels if kernel.weights in graph.trainable)
    if 2 * free < total or not free:
        raise ConversionError(
            f"quantization-aware training adapts weights, and of this model's {total:,} only {free:,} may be trained: "
            f"the module has no trainable variables. Take the same variant without -qat, which is calibrated "
            f"afterwards, or a version of the module that can be fine-tuned"
        )
