"""Recipes in files: TOML, read strictly into the values of edgekit.recipe.recipe."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from edgekit.contract.medium import all_media
from edgekit.errors import RecipeError
from edgekit.recipe.document import FINISHED_KEYS, HeadTable, RecipeDocument, TrainTable
from edgekit.recipe.inputs_reader import check_trust, read_inputs
from edgekit.recipe.recipe import DataRecipe, Recipe, TrainRecipe, check_rule, trains
from edgekit.recipe.toml_tables import Table, checked_table, read_table
from edgekit.recipe.variants_reader import built, check_search, conversion


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


def parse_recipe(value: Table, *, base: Path) -> Recipe:
    """Read a recipe from the values of its TOML; see `load_recipe` for the errors."""
    finished = "model" in value
    inputs = read_inputs(checked_table(value.get("inputs", {}), "inputs"), base, finished=finished)
    if not finished and not inputs:
        raise RecipeError("says neither what to tune ([inputs.NAME] with a module) nor a finished model (model = ...)")
    keys = {key: entry for key, entry in value.items() if key != "inputs"}
    document = read_table(keys, RecipeDocument, "", absent=() if finished else FINISHED_KEYS)
    task = document.head.task
    _check_data(document.data, trains=not finished and trains(task))
    _check_layers(document.head)
    check_rule(document.parity)
    check_search(document.search)
    _refuse_training(value, document.head, finished=finished)
    return Recipe(
        name=document.name,
        base=base,
        model=document.model,
        inputs=inputs,
        signature=document.signature,
        trust=check_trust(document.trust, ""),
        imports=tuple(base / Path(file).expanduser() for file in document.imports),
        root=None if document.root is None else base / Path(document.root).expanduser(),
        labels=document.labels,
        data=document.data,
        task=task,
        head=document.head.layers,
        train=_train(document.train),
        parity=document.parity,
        card=document.card,
        variants=built(document.variants),
        search=document.search,
        conversion=conversion(document.variants, document.compression, seed=document.data.seed),
    )


def _refuse_training(value: Collection[str], head: HeadTable, *, finished: bool) -> None:
    """Refuse tables about training where nothing is trained."""
    if finished:
        _forbid(value, ("head", "train"), "model = ...: a finished model is not trained")
    elif not trains(head.task):
        _forbid(value, ("train",), f"task = {head.task!r}, which trains nothing")
        if head.layers:
            raise RecipeError(f"[head] layers do not go with task = {head.task!r}: nothing would train them")


def _forbid(value: Collection[str], keys: tuple[str, ...], reason: str) -> None:
    for key in keys:
        if key in value:
            raise RecipeError(f"[{key}] does not go with {reason}")


def _check_data(data: DataRecipe, *, trains: bool) -> None:
    if trains and data.train is None:
        raise RecipeError("[data] train is missing")
    if data.train is None and data.test is None:
        raise RecipeError("[data] needs train, or test: parity compares answers on real samples")


def _check_layers(head: HeadTable) -> None:
    for number, layer in enumerate(head.layers, 1):
        if (layer.dense is None) == (layer.dropout is None):
            raise RecipeError(f"[head.layers, {number}] has to be either {{ dense = UNITS }} or {{ dropout = RATE }}")


def _train(table: TrainTable) -> TrainRecipe:
    return TrainRecipe(
        epochs=table.epochs,
        learning_rate=table.learning_rate,
        batch_size=table.batch_size,
        augment=_augment(table.augment),
        fine_tune=table.fine_tune,
    )


def _augment(stated: tuple[str, ...] | bool) -> tuple[str, ...]:
    media = all_media()
    if isinstance(stated, bool):
        usual = [name for medium in media for name in medium.usual_augmentations]
        return tuple(dict.fromkeys(usual)) if stated else ()
    names = dict.fromkeys(name for medium in media for name in medium.augmentations)
    for name in stated:
        if name not in names:
            raise RecipeError(f"[train] augment: no {name!r}; there are: {', '.join(names)}")
    return stated
