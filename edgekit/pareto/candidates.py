"""Candidates: what a search may build, as values."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from edgekit.quantization.precision import precisions_of
from edgekit.recipe.overrides import Override
from edgekit.recipe.recipe import SearchRecipe
from edgekit.recipe.variants import Compression, Sparsity, Variant, parse_variant

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


def plain_candidates(limits: SearchRecipe) -> list[Candidate]:
    """Return every precision of the formats, without compression."""
    return [
        Candidate(variant=Variant(format=format_, precision=precision.name))
        for format_ in limits.formats
        for precision in precisions_of(format_)
        if precision.name not in limits.without
    ]


def mixed_candidates(variant: Variant, sensitive: list[str]) -> list[Candidate]:
    """Return a variant of 4 bits with more and more operators at 8 bits, the most sensitive first."""
    if not variant.scheme.four_bits:
        return []
    entries = [Override(pattern=name, precision="int8") for name in sensitive]
    return [
        Candidate(variant=variant, overrides=tuple(entries[:count])) for count in LEFT_AT_EIGHT if count < len(entries)
    ]


def compressions(limits: SearchRecipe) -> list[Compression]:
    """Return what may be done to the weights before, what costs no training of its own first."""
    sparsities: list[Sparsity | None] = [_sparsity(text) for text in limits.sparsity]
    entries = [Compression(sparsity=sparsity) for sparsity in sparsities]
    entries += [Compression(clusters=clusters) for clusters in limits.clusters]
    if limits.qat:
        entries += [Compression(sparsity=sparsity, qat=True) for sparsity in [None, *sparsities]]
    return entries


def _sparsity(text: str) -> Sparsity | None:
    return parse_variant(f"tflite-fp32-{text}").compression.sparsity


def compressed_candidates(limits: SearchRecipe) -> list[Candidate]:
    """Return every precision with every compression that goes with it."""
    return [
        Candidate(
            variant=Variant(format=plain.variant.format, precision=plain.variant.precision, compression=compression)
        )
        for compression, plain in itertools.product(compressions(limits), plain_candidates(limits))
        if not compression.qat or plain.variant.scheme.trained
    ]
