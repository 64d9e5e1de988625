"""Recipes in files: TOML, read strictly into the values of edgekit.recipe.recipe."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgekit.contract.contract import CHANNELS, KINDS, PLAIN, RESIZES
from edgekit.errors import RecipeError
from edgekit.recipe.recipe import (
    METRICS,
    CardRecipe,
    DataRecipe,
    FineTune,
    HeadLayer,
    InputRecipe,
    ParityRecipe,
    Recipe,
    TrainRecipe,
    check_rule,
    task_names,
    trains,
)
from edgekit.recipe.toml_table import Table, given
from edgekit.recipe.variants_reader import built, conversion, search
from edgekit.system.digests import Digest

ACTIVATIONS = ("relu", "relu6", "tanh", "sigmoid", "elu", "selu", "swish", "gelu", "linear")


AUGMENTATIONS = ("flip", "rotate", "zoom", "contrast", "brightness")


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
        signature=None if model is None else root.text("signature"),
        trust=None if model is None else _trust(root),
        labels=root.texts("labels"),
        data=_data(root.table("data"), trains=model is None and trains(_task(root))),
        task=_task(root),
        head=_head(root.table("head")),
        train=_train(root.table("train")),
        parity=_parity(root.table("parity")),
        card=_card(root.table("card")),
        variants=built(root.table("variants")),
        search=search(root.table("search")),
        conversion=conversion(
            root.table("variants"), root.table("compression"), seed=root.table("data").integer("seed", least=0) or 0
        ),
    )
    if model is not None:
        _forbid(root, ("head", "train"), "model = ...: a finished model is not trained")
    elif not recipe.trains:
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
    return root.table("head").text("task", one_of=task_names()) or "classification"


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
        crop=table.number("crop", above=0.0, below=1.0, closed=True),
        resize=table.text("resize", one_of=RESIZES),
        antialias=table.flag("antialias"),
        channels=table.text("channels", one_of=CHANNELS),
        mean=_per_channel(table, "mean"),
        std=_per_channel(table, "std"),
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
    if (read.mean is None) != (read.std is None) or (read.std is not None and min(read.std) <= 0):
        raise RecipeError(f"[{table.place}] mean and std go together, one number per channel, and std is above 0")
    if read.antialias is False and read.resize not in (None, *PLAIN):
        raise RecipeError(f"[{table.place}] antialias = false is for bilinear; {read.resize} covers all pixels")
    if read.antialias and read.resize in PLAIN[1:]:
        raise RecipeError(f"[{table.place}] antialias = true: {read.resize} covers no more than its nearest pixels")
    if read.vocabulary is None and (read.tokens, read.lowercase) != (None, None):
        raise RecipeError(f"[{table.place}] tokens and lowercase go with a vocabulary, and there is none")
    return read


def _trust(table: Table) -> str | None:
    digest = table.text("trust")
    if digest is None:
        return None
    try:
        return Digest(digest)
    except ValueError as error:
        message = f"[{table.place}] trust has to be the digest that edgekit inspect shows, not {digest!r}"
        raise RecipeError(message) from error


def _per_channel(table: Table, key: str) -> tuple[float, ...] | None:
    found = table.get(key, _is_per_channel, "three numbers, such as [0.485, 0.456, 0.406], or one for grey")
    return None if found is None else tuple(float(value) for value in found)


def _is_per_channel(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (1, 3) and all(type(v) in (int, float) for v in value)


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(type(v) in (int, float) for v in value)
        and value[0] < value[1]
    )  # fmt: skip


def _is_size(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(v) is int and 0 < v <= 8192 for v in value)


def _head(table: Table) -> tuple[HeadLayer, ...]:
    table.text("task", one_of=task_names())
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
        **given(validation=validation, seed=table.integer("seed", least=0), skip_bad=table.flag("skip_bad")),
    )
    table.done()
    if read.train is None and read.test is None:
        raise RecipeError("[data] needs train, or test: parity compares answers on real samples")
    return read


def _train(table: Table) -> TrainRecipe:
    read = TrainRecipe(
        augment=_augment(table),
        fine_tune=_fine_tune(table.table("fine_tune")) if "fine_tune" in table.value else None,
        **given(
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
        **given(learning_rate=table.number("learning_rate", above=0.0, below=10.0), unfreeze=unfreeze),
    )
    table.done()
    return read


def _card(table: Table) -> CardRecipe:
    read = CardRecipe(
        description=table.text("description"),
        module_licence=table.text("module_licence"),
        data_licence=table.text("data_licence"),
    )
    table.done()
    return read


def _parity(table: Table) -> ParityRecipe:
    read = ParityRecipe(
        **given(
            metric=table.text("metric", one_of=METRICS),
            max_drop=table.number("max_drop", above=0.0, below=1.0, closed=True),
            threshold=table.number("threshold", above=-1.0, below=999.0, closed=True),
            confidence=table.number("confidence", above=0.5, below=1.0),
        )
    )
    table.done()
    check_rule(read)
    return read
