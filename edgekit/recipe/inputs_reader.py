"""What a recipe says of inputs: which module reads each, and how its medium's raw samples are prepared."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from edgekit.contract.medium import media_names, recipe_settings
from edgekit.contract.settings import Stated
from edgekit.errors import RecipeError
from edgekit.recipe.document import MODULE_KEYS, InputTable
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.recipe.toml_tables import Table, checked_table, fail, fields_of, metadata, read_table, refuse_unknown
from edgekit.system.digests import Digest


def read_inputs(tables: Table, base: Path, *, finished: bool) -> tuple[InputRecipe, ...]:
    """Read the tables in ``[inputs]``, by their names.

    Args:
        tables: What TOML holds.
        base: The folder that paths start from.
        finished: Whether the recipe is of a finished model, so that no input has a module of its own.

    Raises:
        RecipeError: A key is unknown or missing, a value cannot be, or settings contradict each other.
    """
    return tuple(_input(name, table, base, finished=finished) for name, table in tables.items())


def _input(name: str, value: Any, base: Path, *, finished: bool) -> InputRecipe:
    location = f"inputs.{name}"
    keys = checked_table(value, location)
    own = [key for key in fields_of(InputTable) if not finished or key not in MODULE_KEYS]
    kinds = media_names()
    table = read_table({key: entry for key, entry in keys.items() if key in own}, InputTable, location)
    if table.kind is not None:
        kinds = [table.kind]
    settings = {key: entry for key, entry in keys.items() if key not in own}
    media_keys = [key for kind in kinds for key in fields_of(recipe_settings(kind))]
    if not finished and table.module is None:
        raise RecipeError(f"[{location}] module is missing")
    refuse_unknown(settings, [*own, *media_keys], location)
    if table.vocabulary is None and (table.tokens, table.lowercase) != (None, None):
        raise RecipeError(f"[{location}] tokens and lowercase go with a vocabulary, and there is none")
    values = {entry.name: getattr(table, entry.name) for entry in fields(table)}
    values |= {"trust": check_trust(table.trust, location)}
    if table.vocabulary is not None:
        values["vocabulary"] = base / Path(table.vocabulary).expanduser()
    return InputRecipe(name=name, settings=_settings(settings, kinds, location), **values)


def _settings(table: Table, kinds: list[str], location: str) -> Stated:
    """Return the settings of a medium, checked by the first medium that has them all."""
    classes = [recipe_settings(kind) for kind in kinds]
    record = next((record for record in classes if set(table) <= set(fields_of(record))), None)
    if record is None:
        raise RecipeError(f"[{location}] {', '.join(table)} are of different media: say which by kind = ...")
    settings = read_table(table, record, location)
    key = settings.senseless(())
    if key is not None and key in table:
        fail(table, key, location, str(metadata(fields_of(record)[key].annotation, "expected")))
    contradiction = settings.contradiction()
    if contradiction is not None:
        raise RecipeError(f"[{location}] {contradiction}")
    return {key: getattr(settings, key) for key in table}


def check_trust(digest: str | None, location: str) -> Digest | None:
    """Return a digest; `RecipeError` if it has another form than a module's."""
    if digest is None:
        return None
    try:
        return Digest(digest)
    except ValueError as error:
        message = f"[{location}] trust has to be the digest that edgekit inspect shows, not {digest!r}"
        raise RecipeError(message) from error
