"""Candidates: what a search may build, as values."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from edgekit.recipe.overrides import Override
from edgekit.recipe.recipe import SearchRecipe
from edgekit.recipe.variants import FOUR_BITS, PRECISIONS, TRAINED, Compression, Sparsity, Variant, parse_variant

LEFT_AT_EIGHT = (2, 4, 8, 16)
"""How many of the most sensitive operators keep 8 bits where the others get 4."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One thing that may be built: a variant, and the parts of it that are quantized less.

    Attributes:
        variant: The variant.
        overrides: Patterns of operators, each of one operator.
    """

    variant: Variant
    overrides: tuple[Override, ...] = field(default=())

    @property
    def name(self) -> str:
        """The variant's spelling, and how many operators it overrides."""
        return f"{self.variant}+{len(self.overrides)}" if self.overrides else str(self.variant)


def plain_candidates(wanted: SearchRecipe) -> list[Candidate]:
    """Return every precision of the formats, without compression."""
    return [
        Candidate(variant=Variant(format=format_, precision=precision))
        for format_ in wanted.formats
        for precision in PRECISIONS[format_]
        if precision not in wanted.without
    ]


def mixed_candidates(variant: Variant, sensitive: list[str]) -> list[Candidate]:
    """Return a variant of 4 bits with more and more operators at 8 bits, the most sensitive first."""
    if variant.precision not in FOUR_BITS:
        return []
    entries = [Override(pattern=name, precision="int8") for name in sensitive]
    return [
        Candidate(variant=variant, overrides=tuple(entries[:count])) for count in LEFT_AT_EIGHT if count < len(entries)
    ]


def compressions(wanted: SearchRecipe) -> list[Compression]:
    """Return what may be done to the weights before, what costs no training of its own first."""
    sparsities: list[Sparsity | None] = [_sparsity(text) for text in wanted.sparsity]
    found = [Compression(sparsity=sparsity) for sparsity in sparsities]
    found += [Compression(clusters=clusters) for clusters in wanted.clusters]
    if wanted.qat:
        found += [Compression(sparsity=sparsity, qat=True) for sparsity in [None, *sparsities]]
    return found


def _sparsity(text: str) -> Sparsity | None:
    return parse_variant(f"tflite-fp32-{text}").compression.sparsity


def compressed_candidates(wanted: SearchRecipe) -> list[Candidate]:
    """Return every precision with every compression that goes with it."""
    return [
        Candidate(variant=Variant(format=c.variant.format, precision=c.variant.precision, compression=compression))
        for compression, c in itertools.product(compressions(wanted), plain_candidates(wanted))
        if not compression.qat or c.variant.precision in TRAINED
    ]
