"""Recipes: what to build, as frozen values; `edgekit.recipe.reader` reads them from TOML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from edgekit.errors import RecipeError, nearest
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.recipe.overrides import Override
from edgekit.recipe.toml_tables import UNWRITTEN, Text, one_of
from edgekit.recipe.variants import Variant
from edgekit.system import registry

SIZES = ("compressed", "file")
SCHEDULES = ("gradual", "one-shot")
ACTIVATIONS = ("relu", "relu6", "tanh", "sigmoid", "elu", "selu", "swish", "gelu", "linear")
METRIC_KIND = "evaluation.metrics"
"""Where the registry looks for metrics."""


def metric_names() -> tuple[str, ...]:
    """Return what a rule may judge by."""
    return tuple(registry.names(METRIC_KIND))


@dataclass(frozen=True, kw_only=True)
class HeadLayer:
    """One layer before the last: either ``dense`` or ``dropout``.

    Attributes:
        dense: Number of units of a dense layer.
        activation: Of a dense layer, what follows it.
        dropout: Share of features that training drops.
    """

    dense: Annotated[int, Meta(ge=1)] | None = None
    activation: Annotated[str, one_of(ACTIVATIONS)] = "relu"
    dropout: Annotated[float, Meta(gt=0, lt=1)] | None = None


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """The ``[data]`` table.

    Attributes:
        train: Samples to train on: a folder of class folders, a ``.csv`` or an ``.npz`` file.
        validation: Share of ``train`` that chooses the best epoch, and judges without ``test``; or a path of its own.
        test: Samples that judge alone.
        seed: Of the split, of training, and of the choice of calibration samples.
        skip_bad: Whether samples that cannot be read are left out; otherwise they are an error.
    """

    train: Text | None = None
    validation: Annotated[float, Meta(gt=0, lt=1)] | Text = 0.2
    test: Text | None = None
    seed: Annotated[int, Meta(ge=0)] = 0
    skip_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class FineTune:
    """``[train] fine_tune``: the second phase, with some or all of the module's variables unfrozen.

    Attributes:
        epochs: Of that phase.
        learning_rate: Of Adam.
        unfreeze: Share of the variables, from the output side, or a regular expression that is searched in their names.
    """

    epochs: Annotated[int, Meta(ge=1)]
    learning_rate: Annotated[float, Meta(gt=0, lt=10)] = 1e-5
    unfreeze: Annotated[float, Meta(ge=0, le=1)] | Text = 1.0


@dataclass(frozen=True, kw_only=True)
class TrainRecipe:
    """The ``[train]`` table.

    Attributes:
        epochs: How often each training sample is seen.
        learning_rate: Of Adam.
        batch_size: Samples per step.
        augment: What is done to samples at random.
        fine_tune: The second phase; None: the modules stay as they are.
    """

    epochs: int = 10
    learning_rate: float = 1e-3
    batch_size: int = 16
    augment: tuple[str, ...] = ()
    fine_tune: FineTune | None = None


@dataclass(frozen=True, kw_only=True)
class CompressionRecipe:
    """The ``[compression]`` table: how variants with a sparsity, clusters or ``-qat`` are made.

    Attributes:
        epochs: How often each training sample is seen while weights are taken away, and again under ``-qat``.
        learning_rate: Of Adam, at the start, a tenth of it under ``-qat``; it falls to a twentieth along a cosine.
        batch_size: Samples per step.
        schedule: ``gradual``: the share of zeros grows while it trains; ``one-shot``: all at once, without training.
        also: Patterns of layers to compress that would stay as they are: the first, the last, depthwise ones, tables.
        dense: Patterns of layers to leave as they are.
        seed: Of the order of the samples.
    """

    epochs: Annotated[int, Meta(ge=0)] = 16
    learning_rate: Annotated[float, Meta(gt=0, lt=10)] = 3e-4
    batch_size: Annotated[int, Meta(ge=1)] = 16
    schedule: Annotated[str, one_of(SCHEDULES)] = "gradual"
    also: tuple[str, ...] = ()
    dense: tuple[str, ...] = ()
    seed: Annotated[int, UNWRITTEN] = 0


@dataclass(frozen=True, kw_only=True)
class ConversionRecipe:
    """How variants are made: what ``[variants]`` says beside ``build``, and ``[compression]``.

    Attributes:
        calibration: Number of training samples that measure activation ranges.
        method: The name of a file in ``quantization/calibration``.
        rounding: The name of a file in ``quantization/rounding``; without samples weights are rounded to the nearest.
        overrides: Parts that are quantized less.
        seed: Chooses the calibration samples.
        compression: What is done to weights before.
    """

    calibration: int = 100
    method: str = "min-max"
    rounding: str = "gptq"
    overrides: tuple[Override, ...] = ()
    seed: int = 0
    compression: CompressionRecipe = CompressionRecipe()


@dataclass(frozen=True, kw_only=True)
class ParityRecipe:
    """The ``[parity]`` table: the rule that a variant has to meet.

    Attributes:
        metric: What is compared; by default what suits the outputs of the model.
        max_drop: Greatest drop of the accuracy; for other metrics, greatest share of samples that do not agree.
        threshold: Similarity from which on a sample agrees; in dB for ``sqnr`` and ``psnr``. By default what is usual.
        confidence: Of the two-sided intervals.
    """

    metric: Annotated[str, one_of(metric_names)] | None = None
    max_drop: Annotated[float, Meta(ge=0, le=1)] = 0.02
    threshold: Annotated[float, Meta(ge=-1, le=999)] | None = None
    confidence: Annotated[float, Meta(gt=0.5, lt=1)] = 0.95


@dataclass(frozen=True, kw_only=True)
class SearchRecipe:
    """The ``[search]`` table: what may be built, and what it has to keep to. The limit of the drop is parity's.

    Attributes:
        formats: Formats to search in.
        without: Precisions to leave out, such as those that the device has no kernels for.
        sparsity: Sparsities to try, such as ``s50``.
        clusters: Numbers of clusters to try.
        qat: Whether to try quantization-aware training.
        size: What counts as the size: the ``file``, or the file ``compressed`` as in a download.
        max_bytes: Limit of that size.
        max_latency_ms: Limit of the median latency here, one thread.
        max_ram_bytes: Limit of the peak memory of a process that runs it.
        choosing: Share of the held-out samples that choose; the others certify. With a test set, that certifies, and
            all of the validation samples choose.
    """

    formats: tuple[str, ...] = ("tflite",)
    without: tuple[str, ...] = ()
    sparsity: tuple[str, ...] = ("s50",)
    clusters: tuple[int, ...] = (32,)
    qat: bool = True
    size: Annotated[str, one_of(SIZES)] = "compressed"
    max_bytes: Annotated[int, Meta(ge=1)] | None = None
    max_latency_ms: Annotated[float, Meta(gt=0, lt=1e9)] | None = None
    max_ram_bytes: Annotated[int, Meta(ge=1)] | None = None
    choosing: Annotated[float, Meta(gt=0, lt=1)] = 0.5


@dataclass(frozen=True, kw_only=True)
class CardRecipe:
    """The ``[card]`` table: what a bundle says of the model in words; of what is not stated, that it was not given.

    Attributes:
        description: What the model is for, and what it is not for.
        module_licence: Of the module, or of the finished model.
        data_licence: Of the data that trained it.
    """

    description: Text | None = None
    module_licence: Text | None = None
    data_licence: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole recipe; paths in it are relative to ``base``.

    Attributes:
        name: Name of the model that comes out.
        base: The folder that the recipe lies in.
        path: The recipe's file; None if it was not read from one.
        inputs: One per input; with a finished model they add to what its signature says.
        model: Handle of a finished model, in place of modules and training.
        signature: For a finished model, the key of its signature to use; None: ``serving_default``, or the only one.
        trust: For a finished model, its digest, if it may do more than compute.
        imports: For a finished model in a Keras file, files of Python code that define its own classes.
        root: For one, the folder that the modules of its layers lie in; None: its own.
        labels: For a finished model, the names of its classes in the order of its outputs.
        task: One of `task_names`.
        head: Layers before the last.
        conversion: How variants are made.
        search: What a search may build.
        card: What a bundle says of it in words.
    """

    name: str
    base: Path
    data: DataRecipe
    inputs: tuple[InputRecipe, ...] = ()
    model: str | None = None
    signature: str | None = None
    trust: str | None = None
    imports: tuple[Path, ...] = ()
    root: Path | None = None
    labels: tuple[str, ...] | None = None
    task: str = "classification"
    head: tuple[HeadLayer, ...] = ()
    train: TrainRecipe = TrainRecipe()
    variants: tuple[Variant, ...] = ()
    conversion: ConversionRecipe = ConversionRecipe()
    search: SearchRecipe = SearchRecipe()
    parity: ParityRecipe = ParityRecipe()
    card: CardRecipe = CardRecipe()
    path: Path | None = None

    @property
    def trains(self) -> bool:
        """Whether a head is trained; else the modules are saved as they are."""
        return trains(self.task)


def task_names() -> tuple[str, ...]:
    """Return what a tuned model may be for: the tasks that train a head first."""
    ranks = {name: registry.load("tasks", name).RANK for name in registry.names("tasks")}
    return tuple(sorted(ranks, key=lambda name: ranks[name]))


def trains(task: str) -> bool:
    """Return whether a task trains a head."""
    return bool(registry.load("tasks", task).TRAINED)


def check_rule(rule: ParityRecipe) -> None:
    """Refuse a rule with an unknown metric, or a threshold that its metric does not have.

    Raises:
        RecipeError: The rule makes no sense.
    """
    names = metric_names()
    if rule.metric is not None and rule.metric not in names:
        raise RecipeError(f"no metric {rule.metric!r}{nearest(rule.metric, names)} (there are: {', '.join(names)})")
    if rule.threshold is None:
        return
    threshold = None if rule.metric is None else registry.load(METRIC_KIND, rule.metric).THRESHOLD
    if threshold is None:
        others = ", ".join(name for name in names if registry.load(METRIC_KIND, name).THRESHOLD is not None)
        stated = "and none is named" if rule.metric is None else f"not {rule.metric!r}"
        raise RecipeError(f"a threshold goes with a metric that has one ({others}), {stated}")
    if threshold.greatest is not None and rule.threshold > threshold.greatest:
        raise RecipeError(f"threshold = {rule.threshold:g}: {rule.metric} is at most {threshold.greatest:g}")
