"""What a recipe says of variants: which to build and how, what is done to weights before, and what a search may try."""

from __future__ import annotations

from dataclasses import replace

from edgekit.errors import RecipeError, VariantError, nearest
from edgekit.quantization.precision import formats, precisions
from edgekit.recipe.document import VariantsTable
from edgekit.recipe.overrides import override
from edgekit.recipe.recipe import CompressionRecipe, ConversionRecipe, SearchRecipe
from edgekit.recipe.variants import Variant, parse_variant


def check_search(search: SearchRecipe) -> None:
    """Refuse what a search cannot try."""
    for name in search.formats:
        if name not in formats():
            choices = " and ".join(formats())
            raise RecipeError(f"[search] formats: no {name!r}{nearest(name, formats())}; there are {choices}")
    names = {entry.name for entry in precisions()}
    for name in search.without:
        if name not in names:
            raise RecipeError(f"[search] without: no precision {name!r}{nearest(name, names)}")
    try:
        for text in (*search.sparsity, *(f"c{count}" for count in search.clusters)):
            parse_variant(f"tflite-fp32-{text}")
    except VariantError as error:
        raise RecipeError(f"[search] {error}") from error


def built(table: VariantsTable) -> tuple[Variant, ...]:
    """Return the variants to build, each once."""
    try:
        return tuple(dict.fromkeys(parse_variant(text) for text in table.build))
    except VariantError as error:
        raise RecipeError(f"[variants] build: {error}") from error


def conversion(table: VariantsTable, compression: CompressionRecipe, *, seed: int) -> ConversionRecipe:
    """Return how they are made; the seed is that of the data."""
    for pattern in (*compression.also, *compression.dense):
        override(pattern)  # the same rule: a regular expression
    entries = [
        (entry, "float") if isinstance(entry, str) else (entry.pattern, entry.precision) for entry in table.overrides
    ]
    return ConversionRecipe(
        calibration=table.calibration,
        method=table.calibration_method,
        rounding=table.rounding,
        overrides=tuple(override(pattern, precision) for pattern, precision in entries),
        seed=seed,
        compression=replace(compression, seed=seed),
    )
