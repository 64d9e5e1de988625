"""Recipes: what to build, in TOML, read strictly into frozen values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgekit.contract import KINDS
from edgekit.errors import RecipeError, VariantError, nearest
from edgekit.tables import Table
from edgekit.variants import Variant, parse_variant

TASKS = ("classification", "embedding", "none")
"""What a tuned model is for: a head that tells classes apart, the modules' features as they are, or all outputs."""
CLASS_METRICS = ("accuracy", "agreement")
"""Metrics of models with classes: ``accuracy`` needs labels, ``agreement`` does not."""
THRESHOLDS: Mapping[str, float] = {"cosine": 0.98, "neighbours": 1.0, "psnr": 30.0, "ssim": 0.95, "sqnr": 20.0}
"""Metrics of models without classes, with the similarity from which on a sample agrees where a rule states none."""
METRICS = (*CLASS_METRICS, *THRESHOLDS)
ACTIVATIONS = ("relu", "relu6", "tanh", "sigmoid", "elu", "selu", "swish", "gelu", "linear")
AUGMENTATIONS = ("flip", "rotate", "zoom", "contrast", "brightness")


@dataclass(frozen=True, kw_only=True)
class InputRecipe:
    """One ``[inputs.NAME]`` table.

    Attributes:
        name: Public name of the input.
        module: Handle of the module that reads it; None with a finished ``model``.
        kind: ``image``, ``text``, ``audio``, ``tensor``; None: from the signature.
        range: Values of the darkest and the brightest pixel.
        size: Height and width in pixels, where the module leaves them free.
        sample_rate: Samples per second that a sound is brought to.
        seconds: Length that a sound is cut or padded to, where the module leaves it free.
        signature: Signature of the module to use; None: the module itself, or its ``default`` or ``serving_default``.
        output: Output of the module that the head reads, where it has several.
        trust: Digest of a module that may do more than compute.
        vocabulary: For a text whose module takes numbers of word pieces, the file with one word piece per line.
        tokens: Length that such a text is cut or padded to, where the module leaves it free.
        lowercase: Whether such a text is lowercased, and its accents dropped; None: if the vocabulary has no capitals.
    """

    name: str
    module: str | None = None
    kind: str | None = None
    range: tuple[float, float] | None = None
    size: tuple[int, int] | None = None
    sample_rate: int | None = None
    seconds: float | None = None
    signature: str | None = None
    output: str | None = None
    trust: str | None = None
    vocabulary: Path | None = None
    tokens: int | None = None
    lowercase: bool | None = None


@dataclass(frozen=True, kw_only=True)
class HeadLayer:
    """One layer before the last: ``dense`` units with an ``activation``, or a ``dropout`` rate."""

    dense: int | None = None
    activation: str = "relu"
    dropout: float | None = None


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """The ``[data]`` table; ``validation`` is a share of ``train`` or a path."""

    train: str | None = None
    validation: float | str = 0.2
    test: str | None = None
    seed: int = 0
    skip_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class FineTune:
    """``[train] fine_tune``: the second phase, with some or all of the module's variables unfrozen."""

    epochs: int
    learning_rate: float = 1e-5
    unfreeze: float | str = 1.0


@dataclass(frozen=True, kw_only=True)
class TrainRecipe:
    """The ``[train]`` table."""

    epochs: int = 10
    learning_rate: float = 1e-3
    batch_size: int = 16
    augment: tuple[str, ...] = ()
    fine_tune: FineTune | None = None


@dataclass(frozen=True, kw_only=True)
class ParityRecipe:
    """The ``[parity]`` table: the rule that a variant has to meet.

    Attributes:
        metric: One of `METRICS`; None: by what the model's outputs are for.
        max_drop: Greatest drop of the accuracy; for other metrics, greatest share of samples that do not agree.
        threshold: Similarity from which on a sample agrees; in dB for ``sqnr`` and ``psnr``. None: see `THRESHOLDS`.
        confidence: Of the two-sided intervals.
    """

    metric: str | None = None
    max_drop: float = 0.02
    threshold: float | None = None
    confidence: float = 0.95


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole recipe; paths in it are relative to ``base``.

    Attributes:
        name: Name of the model that comes out.
        base: The folder that the recipe lies in.
        path: The recipe's file; None if it was not read from one.
        inputs: One per input; with a finished model they add to what its signature says.
        model: Handle of a finished model, in place of modules and training.
        trust: For a finished model, its digest, if it may do more than compute.
        labels: For a finished model, the names of its classes in the order of its outputs.
        task: One of `TASKS`.
        head: Layers before the last.
        calibration: Number of training samples that measure activation ranges.
    """

    name: str
    base: Path
    data: DataRecipe
    inputs: tuple[InputRecipe, ...] = ()
    model: str | None = None
    trust: str | None = None
    labels: tuple[str, ...] | None = None
    task: str = "classification"
    head: tuple[HeadLayer, ...] = ()
    train: TrainRecipe = TrainRecipe()
    variants: tuple[Variant, ...] = ()
    calibration: int = 100
    parity: ParityRecipe = ParityRecipe()
    path: Path | None = None


def load_recipe(path: str | Path) -> Recipe:
    """Read a recipe from a TOML file.

    Raises:
        RecipeError: It is not there, is not TOML, has an unknown key (the nearest known one is named), or a value of
            the wrong type or out of range.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read the recipe {path}: {getattr(error, 'strerror', None) or error}") from error
    try:
        return replace(parse_recipe(tomllib.loads(text), base=path.parent.resolve()), path=path.resolve())
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not TOML: {error}") from error
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error


def parse_recipe(value: Mapping[str, Any], *, base: Path) -> Recipe:
    """Read a recipe from the values of its TOML; see `load_recipe` for the errors."""
    root = Table(value, "")
    model = root.text("model")
    inputs = tuple(_input(name, table, base, finished=model is not None) for name, table in root.tables("inputs"))
    if model is None and not inputs:
        raise RecipeError("says neither what to tune ([inputs.NAME] with a module) nor a finished model (model = ...)")
    recipe = Recipe(
        name=root.need("name", root.text),
        base=base,
        model=model,
        inputs=inputs,
        trust=None if model is None else _trust(root),
        labels=root.texts("labels"),
        data=_data(root.table("data"), trains=model is None and _task(root) == "classification"),
        task=_task(root),
        head=_head(root.table("head")),
        train=_train(root.table("train")),
        parity=_parity(root.table("parity")),
        **_variants(root.table("variants")),
    )
    if model is not None:
        _forbid(root, ("head", "train"), "model = ...: a finished model is not trained")
    elif recipe.task != "classification":
        _forbid(root, ("train",), f"task = {recipe.task!r}, which trains nothing")
        if recipe.head:
            raise RecipeError(f"[head] layers do not go with task = {recipe.task!r}: nothing would train them")
    root.done()
    return recipe


def _forbid(root: Table, keys: tuple[str, ...], what: str) -> None:
    for key in keys:
        if key in root.value:
            raise RecipeError(f"[{key}] does not go with {what}")


def _task(root: Table) -> str:
    return root.table("head").text("task", one_of=TASKS) or "classification"


def _input(name: str, table: Table, base: Path, *, finished: bool) -> InputRecipe:
    low_high = table.get("range", _is_pair, "two numbers, the lower first, such as [0.0, 1.0]")
    vocabulary = table.text("vocabulary")
    size = table.get("size", _is_size, "height and width in pixels, such as [224, 224]")
    read = InputRecipe(
        name=name,
        module=None if finished else table.need("module", table.text),
        kind=table.text("kind", one_of=KINDS),
        range=None if low_high is None else (float(low_high[0]), float(low_high[1])),
        size=None if size is None else (size[0], size[1]),
        sample_rate=table.integer("sample_rate", least=1),
        seconds=table.number("seconds", above=0.0, below=3600.0),
        signature=None if finished else table.text("signature"),
        output=None if finished else table.text("output"),
        trust=None if finished else _trust(table),
        vocabulary=None if vocabulary is None else base / Path(vocabulary).expanduser(),
        tokens=table.integer("tokens", least=2),
        lowercase=table.flag("lowercase"),
    )
    table.done()
    if read.vocabulary is None and (read.tokens, read.lowercase) != (None, None):
        raise RecipeError(f"[{table.place}] tokens and lowercase go with a vocabulary, and there is none")
    return read


def _trust(table: Table) -> str | None:
    digest = table.text("trust")
    if digest is not None and not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        raise RecipeError(f"[{table.place}] trust has to be the digest that edgekit inspect shows, not {digest!r}")
    return digest


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(type(v) in (int, float) for v in value)
        and value[0] < value[1]
    )  # fmt: skip


def _is_size(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(v) is int and 0 < v <= 8192 for v in value)


def _head(table: Table) -> tuple[HeadLayer, ...]:
    table.text("task", one_of=TASKS)
    layers = table.get("layers", lambda v: isinstance(v, list), "a list of tables") or []
    table.done()
    return tuple(_layer(Table(layer, f"head.layers, {place}")) for place, layer in enumerate(layers, 1))


def _layer(table: Table) -> HeadLayer:
    dense = table.integer("dense", least=1)
    activation = table.text("activation", one_of=ACTIVATIONS)
    dropout = table.number("dropout", above=0.0, below=1.0, closed=False)
    table.done()
    if (dense is None) == (dropout is None):
        raise RecipeError(f"[{table.place}] has to be either {{ dense = UNITS }} or {{ dropout = RATE }}")
    return HeadLayer(dense=dense, activation=activation or "relu", dropout=dropout)


def _data(table: Table, *, trains: bool) -> DataRecipe:
    if isinstance(table.value.get("validation"), str):
        validation: float | str | None = table.text("validation")
    else:
        validation = table.number("validation", above=0.0, below=1.0)
    read = DataRecipe(
        train=table.need("train", table.text) if trains else table.text("train"),
        test=table.text("test"),
        **_given(validation=validation, seed=table.integer("seed", least=0), skip_bad=table.flag("skip_bad")),
    )
    table.done()
    if read.train is None and read.test is None:
        raise RecipeError("[data] needs train, or test: parity compares answers on real samples")
    return read


def _train(table: Table) -> TrainRecipe:
    read = TrainRecipe(
        augment=_augment(table),
        fine_tune=_fine_tune(table.table("fine_tune")) if "fine_tune" in table.value else None,
        **_given(
            epochs=table.integer("epochs", least=1),
            learning_rate=table.number("learning_rate", above=0.0, below=10.0),
            batch_size=table.integer("batch_size", least=1),
        ),
    )
    table.asked.add("fine_tune")
    table.done()
    return read


def _augment(table: Table) -> tuple[str, ...]:
    if table.value.get("augment") is True:
        table.asked.add("augment")
        return ("flip", "rotate", "zoom", "contrast")
    if table.value.get("augment") is False:
        table.asked.add("augment")
        return ()
    asked = table.texts("augment") or ()
    for name in asked:
        if name not in AUGMENTATIONS:
            raise RecipeError(f"[train] augment: no {name!r}; there are: {', '.join(AUGMENTATIONS)}")
    return asked


def _fine_tune(table: Table) -> FineTune:
    if isinstance(table.value.get("unfreeze"), str):
        unfreeze: float | str | None = table.text("unfreeze")
    else:
        unfreeze = table.number("unfreeze", above=0.0, below=1.0, closed=True)
    read = FineTune(
        epochs=table.need("epochs", lambda key: table.integer(key, least=1)),
        **_given(learning_rate=table.number("learning_rate", above=0.0, below=10.0), unfreeze=unfreeze),
    )
    table.done()
    return read


def _variants(table: Table) -> dict[str, Any]:
    build = table.texts("build")
    calibration = table.integer("calibration", least=1)
    table.done()
    try:
        variants = tuple(dict.fromkeys(parse_variant(text) for text in build or ("tflite-fp32", "tflite-int8")))
    except VariantError as error:
        raise RecipeError(f"[variants] build: {error}") from error
    return {"variants": variants, **_given(calibration=calibration)}


def _parity(table: Table) -> ParityRecipe:
    read = ParityRecipe(
        **_given(
            metric=table.text("metric", one_of=METRICS),
            max_drop=table.number("max_drop", above=0.0, below=1.0, closed=True),
            threshold=table.number("threshold", above=-1.0, below=999.0, closed=True),
            confidence=table.number("confidence", above=0.5, below=1.0),
        )
    )
    table.done()
    check_rule(read)
    return read


def check_rule(rule: ParityRecipe) -> None:
    """Refuse a rule with an unknown metric, or a threshold that its metric does not have."""
    if rule.metric is not None and rule.metric not in METRICS:
        raise RecipeError(f"no metric {rule.metric!r}{nearest(rule.metric, METRICS)} (there are: {', '.join(METRICS)})")
    if rule.threshold is not None and rule.metric not in THRESHOLDS:
        raise RecipeError(f"a threshold goes with a metric that has one ({', '.join(THRESHOLDS)}), not {rule.metric!r}")


def _given(**values: Any) -> dict[str, Any]:
    """Keep the values that the recipe states; the rest stay at the dataclass's defaults."""
    return {key: value for key, value in values.items() if value is not None}
