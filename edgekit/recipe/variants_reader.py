"""What a recipe says of variants: which to build and how, what is done to weights before, and what a search may try."""

from __future__ import annotations

from edgekit.errors import RecipeError, VariantError, nearest
from edgekit.quantization.methods import calibration_methods, rounding_methods
from edgekit.quantization.precision import formats, precisions
from edgekit.recipe.overrides import LEVELS, Override, override
from edgekit.recipe.recipe import (
    SCHEDULES,
    SIZES,
    CompressionRecipe,
    ConversionRecipe,
    SearchRecipe,
)
from edgekit.recipe.toml_table import Table, given
from edgekit.recipe.variants import Variant, parse_variant


def search(table: Table) -> SearchRecipe:
    """Read ``[search]``."""
    wanted_formats, without, sparsity = table.texts("formats"), table.texts("without"), table.texts("sparsity")
    for name in wanted_formats or ():
        if name not in formats():
            choices = " and ".join(formats())
            raise RecipeError(f"[search] formats: no {name!r}{nearest(name, formats())}; there are {choices}")
    names = {entry.name for entry in precisions()}
    for name in without or ():
        if name not in names:
            raise RecipeError(f"[search] without: no precision {name!r}{nearest(name, names)}")
    counts = table.get(
        "clusters", lambda v: isinstance(v, list) and all(type(i) is int for i in v), "a list of numbers"
    )
    try:
        for text in (*(sparsity or ()), *(f"c{count}" for count in counts or ())):
            parse_variant(f"tflite-fp32-{text}")
    except VariantError as error:
        raise RecipeError(f"[search] {error}") from error
    recipe = SearchRecipe(
        **given(
            formats=wanted_formats,
            without=without,
            sparsity=sparsity,
            clusters=None if counts is None else tuple(counts),
            qat=table.flag("qat"),
            size=table.text("size", one_of=SIZES),
            max_bytes=table.integer("max_bytes", least=1),
            max_latency_ms=table.number("max_latency_ms", above=0.0, below=1e9),
            max_ram_bytes=table.integer("max_ram_bytes", least=1),
            choosing=table.number("choosing", above=0.0, below=1.0),
        )
    )
    table.done()
    return recipe


def built(table: Table) -> tuple[Variant, ...]:
    """Read ``build`` of ``[variants]``; by default the float model and int8, as TFLite."""
    build = table.texts("build")
    try:
        return tuple(dict.fromkeys(parse_variant(text) for text in build or ("tflite-fp32", "tflite-int8")))
    except VariantError as error:
        raise RecipeError(f"[variants] build: {error}") from error


def conversion(table: Table, compression: Table, *, seed: int) -> ConversionRecipe:
    """Read the rest of ``[variants]``, and ``[compression]``; the seed is that of the data."""
    table.asked.add("build")
    recipe = ConversionRecipe(
        seed=seed,
        overrides=_overrides(table),
        compression=_compression(compression, seed=seed),
        **given(
            calibration=table.integer("calibration", least=1),
            method=table.text("calibration_method", one_of=calibration_methods()),
            rounding=table.text("rounding", one_of=rounding_methods()),
        ),
    )
    table.done()
    return recipe


def _overrides(table: Table) -> tuple[Override, ...]:
    """Read ``except``: patterns of operators that stay float, or tables that say what they are left at."""
    entries = table.get("except", lambda value: isinstance(value, list), "a list of patterns or tables") or []
    overrides = []
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, str):
            overrides.append(override(entry))
            continue
        if not isinstance(entry, dict):
            raise RecipeError(f"[variants] except, {number}: {entry!r} is neither a pattern nor a table with one")
        keys = Table(entry, f"variants.except, {number}")
        overrides.append(override(keys.need("pattern", keys.text), keys.text("precision", one_of=LEVELS) or "float"))
        keys.done()
    return tuple(overrides)


def _compression(table: Table, *, seed: int) -> CompressionRecipe:
    recipe = CompressionRecipe(
        seed=seed,
        also=table.texts("also") or (),
        dense=table.texts("dense") or (),
        **given(
            epochs=table.integer("epochs", least=0),
            learning_rate=table.number("learning_rate", above=0.0, below=10.0),
            batch_size=table.integer("batch_size", least=1),
            schedule=table.text("schedule", one_of=SCHEDULES),
        ),
    )
    for pattern in (*recipe.also, *recipe.dense):
        override(pattern)  # the same rule: a regular expression
    table.done()
    return recipe
