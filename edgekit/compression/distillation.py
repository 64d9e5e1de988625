"""Retraining: a compressed graph learns to answer as the original does.

The original is the teacher (distillation, Hinton et al. 2015): of its answers, and of the activations on the way to
them, which tell far more per sample (FitNets, Romero et al. 2015). So it works without labels, with few samples, and
for outputs of any meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import meaning_of
from edgekit.compression.fake_quant import bounds_of, fake_quantized, rounded_weights
from edgekit.compression.training_graph import Tensor, TensorSpec, TrainingGraph, constant_feeds, folded_weights
from edgekit.contract.contract import Contract
from edgekit.errors import ConversionError
from edgekit.recipe.recipe import CompressionRecipe
from edgekit.system.optional import tensorflow

Array = NDArray[np.float32]
Feeds = dict[str, NDArray[Any]]
Ranges = Mapping[str, tuple[float, float]]
SMALLEST = 1e-7
"""Probabilities below this count as this in the logarithm."""
SMALLEST_RANGE = 1e-6
RANGE_RATE = 10.0
"""How much faster than weights the bounds of ranges learn: they are of the size of activations."""


class Batches(Protocol):
    """Training samples as the graph takes them."""

    def __len__(self) -> int:
        """Return the number of samples."""
        ...

    def batch(self, indices: Sequence[int]) -> Feeds:
        """Return some of them, by the names of the graph's inputs."""
        ...


Progress = Callable[[int, int, str], None]
"""Called with the steps done, their total, and what the last one measured."""


def specs_of(contract: Contract) -> dict[str, TensorSpec]:
    """Return the TensorSpecs of a graph's inputs."""
    tf = tensorflow()
    return {spec.name: tf.TensorSpec(spec.shape, spec.dtype) for spec in contract.inputs}


class Retraining:
    """The variables of a graph in training, and the step that changes them.

    What is zero in a layer's weights at the start stays zero.

    Args:
        graph: The graph; with ``ranges``, with a fake quantization behind each node that has one.
        teacher: The graph that it learns from.
        contract: Their inputs and outputs.
        trainable: Names of the constants that may change.
        hints: Nodes of both whose activations are compared.
        masked: Names of kernels whose masks `set_mask` will change.
        tied: Names of kernels whose weights share few values, and go on to share them.
        ranges: Bounds of activations to start from; with none, weights are not rounded either.
        rate: Learning rate at the start.
        steps: Number of steps that there will be.
    """

    def __init__(
        self,
        graph: TrainingGraph,
        teacher: TrainingGraph,
        contract: Contract,
        *,
        trainable: Sequence[str],
        hints: Sequence[str],
        rate: float,
        steps: int,
        masked: Sequence[str] = (),
        tied: Sequence[str] = (),
        ranges: Ranges | None = None,
    ) -> None:
        tf = tensorflow("training")
        self.graph, self.teacher, self.contract, self.hints = graph, teacher, contract, list(hints)
        self.points = tuple(ranges or ())
        named = [name for name in trainable if name in graph.values]
        self.variables = {name: tf.Variable(graph.values[name], name=f"v{i}") for i, name in enumerate(named)}
        self.masks: dict[str, Tensor] = {}
        self.codes: dict[str, Tensor] = {}
        for name in dict.fromkeys([*(layer.weights for layer in graph.layers.values()), *masked, *tied]):
            if name in self.variables:
                self._tie(name, masked=name in masked, shared=name in tied)
        self.bounds = {
            name: tf.Variable(np.float32(bound))
            for point, edges in (ranges or {}).items()
            for name, bound in zip(bounds_of(point), edges, strict=True)
        }
        keras = tf.keras.optimizers
        self.optimizers = [
            keras.Adam(keras.schedules.CosineDecay(rate * factor, max(1, steps), alpha=0.05))
            for factor in (1.0, RANGE_RATE)
        ]
        self.step = self._step()

    def _tie(self, name: str, *, masked: bool, shared: bool) -> None:
        """Keep zeros and shared values of a kernel as they are shared."""
        tf, value = tensorflow(), self.graph.values[name]
        if masked or (value == 0).any():
            self.masks[name] = tf.Variable((value != 0).astype(np.float32), trainable=False)
        if shared:
            distinct, codes = np.unique(value, return_inverse=True)
            self.variables[name] = tf.Variable(distinct)
            self.codes[name] = tf.constant(codes.reshape(value.shape))

    def set_mask(self, name: str, mask: NDArray[np.bool_]) -> None:
        """Choose which weights of a kernel are zero from now on."""
        self.masks[name].assign(mask.astype(np.float32))

    def _tensors(self, reads: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return all constants as tensors: variables, masked, or fixed."""
        tf = tensorflow()
        constants: dict[str, Tensor] = {name: tf.constant(value) for name, value in self.graph.values.items()}
        for name in self.variables:
            tensor = reads[name]
            if name in self.codes:
                tensor = tf.gather(tensor, self.codes[name])
            constants[name] = tensor * self.masks[name] if name in self.masks else tensor
        return constants

    def _feeds(self, reads: Mapping[str, Tensor]) -> dict[str, Tensor]:
        tf, tensors = tensorflow(), self._tensors(reads)
        feeds = {name: tensors[name] for name in self.variables if name in self.graph.constants}
        for layer in self.graph.layers.values():
            weights, shift = folded_weights(layer, tensors)
            feeds[layer.weights_input] = rounded_weights(layer, weights) if self.points else weights
            if shift is not None:
                feeds[layer.shift_input] = shift
        for point in self.points:
            lowest, highest = bounds_of(point)
            feeds[lowest] = tf.minimum(reads[lowest], 0.0)
            feeds[highest] = tf.maximum(reads[highest], SMALLEST_RANGE)
        return feeds

    def _loss(self, inputs: Mapping[str, Tensor], reads: Mapping[str, Tensor]) -> Any:
        """Return how far outputs and hints are from the teacher's: the sum over outputs and the mean over hints."""
        tf = tensorflow()
        outputs = [spec.name for spec in self.contract.outputs]
        hints = [fake_quantized(name) if name in self.points else name for name in self.hints]
        answers = self.graph.call({**inputs, **self._feeds(reads)}, outputs + hints)
        targets = self.teacher.call({**inputs, **constant_feeds(self.teacher)}, outputs + self.hints)
        exclusive = [meaning_of(spec.meaning).exclusive for spec in self.contract.outputs] + [False] * len(hints)
        apart = [
            _divergence(target, answer) if distribution else _error_share(target, answer)
            for distribution, target, answer in zip(exclusive, targets, answers, strict=True)
        ]
        loss = tf.add_n(apart[: len(outputs)])
        return loss + tf.add_n(apart[len(outputs) :]) / len(hints) if hints else loss

    def _step(self) -> Any:
        tf = tensorflow()
        groups = (self.variables, self.bounds)

        def step(inputs: Mapping[str, Tensor]) -> Any:
            reads = {name: variable.read_value() for group in groups for name, variable in group.items()}
            loss = self._loss(inputs, reads)
            # Not by a tape: it does not see the operators of a graph that is imported.
            gradients = dict(zip(reads, tf.gradients(loss, list(reads.values())), strict=True))
            for optimizer, group in zip(self.optimizers, groups, strict=True):
                pairs = [(gradients[name], variable) for name, variable in group.items() if gradients[name] is not None]
                if pairs:
                    optimizer.apply_gradients(pairs)
            return loss

        return tf.function(step, input_signature=[specs_of(self.contract)], autograph=False)

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Return the bounds of the activations as they are now, zero among them."""
        ranges = {}
        for point in self.points:
            low, high = (float(self.bounds[name]) for name in bounds_of(point))
            ranges[point] = (min(low, 0.0), max(high, SMALLEST_RANGE))
        return ranges

    def values(self) -> dict[str, Array]:
        """Return the constants as they are now."""
        tensors = self._tensors({name: variable.read_value() for name, variable in self.variables.items()})
        return {name: tensors[name].numpy() for name in self.variables}


def _divergence(target: Any, answer: Any) -> Any:
    """Return the Kullback-Leibler divergence of distributions from the teacher's, in nats."""
    tf = tensorflow()
    ratio = tf.math.log(tf.maximum(target, SMALLEST)) - tf.math.log(tf.maximum(answer, SMALLEST))
    return tf.reduce_mean(tf.reduce_sum(target * ratio, axis=-1))


def _error_share(target: Any, answer: Any) -> Any:
    """Return the squared error as a share of the variance of the teacher's numbers."""
    tf = tensorflow()
    target, answer = tf.cast(target, tf.float32), tf.cast(answer, tf.float32)
    return tf.reduce_mean(tf.square(target - answer)) / (tf.math.reduce_variance(target) + SMALLEST)


def fit(
    training: Retraining,
    batches: Batches,
    settings: CompressionRecipe,
    progress: Progress,
    before_step: Callable[[int], None] | None = None,
) -> None:
    """Train, samples shuffled anew in each epoch by the seed.

    Args:
        training: What is trained.
        batches: The samples.
        settings: Epochs, batch size and seed.
        progress: Called after each step.
        before_step: Called with the number of each step, such as for a pruning schedule.

    Raises:
        ConversionError: The loss is not finite.
    """
    tf, generator = tensorflow(), np.random.default_rng(settings.seed)
    per_epoch = -(-len(batches) // settings.batch_size)
    for epoch in range(settings.epochs):
        order = generator.permutation(len(batches))
        for batch in range(per_epoch):
            number = epoch * per_epoch + batch
            if before_step is not None:
                before_step(number)
            start = batch * settings.batch_size
            chosen = [int(index) for index in order[start : start + settings.batch_size]]
            feeds = {name: tf.constant(values) for name, values in batches.batch(chosen).items()}
            loss = float(training.step(feeds))
            if not np.isfinite(loss):
                raise ConversionError(f"the loss is {loss} in epoch {epoch + 1}: take a smaller learning_rate")
            progress(number + 1, settings.epochs * per_epoch, f"epoch {epoch + 1}, loss {loss:.4f}")
