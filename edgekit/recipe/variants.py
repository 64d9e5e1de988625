"""Variants: what to make of a model, spelled ``FORMAT-PRECISION[-SPARSITY][-qat][-bBATCH]``."""

from __future__ import annotations

import functools
import re

from msgspec import Struct

from edgekit.errors import VariantError, nearest
from edgekit.quantization.precision import Precision, formats, has_precision, precision, precisions, precisions_of

MAX_CLUSTERS, MAX_BATCH = 256, 1024


class Sparsity(Struct, frozen=True, kw_only=True):
    """Which weights of a layer are zero: a share of them all, or ``zeros`` of each ``of`` in a row.

    Attributes:
        percent: Share of zeros in percent, from 0 to 99; None for a pattern.
        block: Number of neighbouring weights that are zero together.
        zeros: Of each group of ``of`` weights, how many are zero; both None for a share.
        of: Size of the group.
    """

    percent: int | None = None
    block: int = 1
    zeros: int | None = None
    of: int | None = None

    def __str__(self) -> str:
        """Return the spelling in a variant: ``s50``, ``s50b4``, ``s2of4``."""
        if self.percent is None:
            return f"s{self.zeros}of{self.of}"
        return f"s{self.percent}" + (f"b{self.block}" if self.block > 1 else "")

    @property
    def share(self) -> float:
        """The share of zeros in a layer that is pruned, in [0, 1)."""
        if self.percent is not None:
            return self.percent / 100
        assert self.zeros is not None, "a sparsity is a share or a pattern"
        assert self.of is not None, "a sparsity is a share or a pattern"
        return self.zeros / self.of


class Compression(Struct, frozen=True, kw_only=True):
    """What is done to the weights of a model before it is converted.

    Attributes:
        sparsity: Which of them become zero.
        clusters: Number of different values that a layer's weights may have.
        qat: Whether the model is trained with the quantization of its weights and activations simulated.
    """

    sparsity: Sparsity | None = None
    clusters: int | None = None
    qat: bool = False

    def __str__(self) -> str:
        """Return the end of a variant's spelling, such as ``s50-qat``; of none, nothing."""
        words = []
        if self.sparsity:
            words.append(str(self.sparsity))
        elif self.clusters:
            words.append(f"c{self.clusters}")
        if self.qat:
            words.append("qat")
        return "-".join(words)

    def __bool__(self) -> bool:
        """Whether anything is done."""
        return bool(str(self))


class Variant(Struct, frozen=True, kw_only=True):
    """One way to ship a model.

    Attributes:
        format: ``tflite`` or ``onnx``.
        precision: The name of one that the format has, a file in ``quantization/precisions``.
        compression: What is done to the weights before.
        batch: How many samples its file takes at once; None: any number, or as the precision and the model say.
    """

    format: str
    precision: str
    compression: Compression = Compression()
    batch: int | None = None

    def __str__(self) -> str:
        """Return the spelling that `parse_variant` reads back."""
        batch = "" if self.batch is None else f"b{self.batch}"
        return "-".join(filter(None, (self.format, self.precision, str(self.compression), batch)))

    @property
    def scheme(self) -> Precision:
        """What its precision means."""
        return precision(self.precision)

    @property
    def calibrated(self) -> bool:
        """Whether it needs calibration samples."""
        return self.scheme.calibrated

    @property
    def rounded(self) -> bool:
        """Whether samples tell how to round its weights: integers that were neither trained as such nor shared."""
        return self.scheme.integer_weights and not self.compression.qat and self.compression.clusters is None

    @property
    def file_name(self) -> str:
        """The name of the model file in its artifact's folder."""
        return f"model.{self.format}"


@functools.cache
def all_variants() -> tuple[Variant, ...]:
    """Return every precision of every format, without compression."""
    return tuple(
        Variant(format=format_, precision=entry.name) for format_ in formats() for entry in precisions_of(format_)
    )


def parse_variant(text: str) -> Variant:
    """Read a variant's spelling.

    Raises:
        VariantError: There is no such variant; the nearest is named.
    """
    match = re.fullmatch(r"(\w+)-(\w+?)(?:-([sc]-?\d[\w.]*))?(-qat)?(?:-b(\d+))?", text)
    if match is None or not has_precision(match[1], match[2]):
        raise VariantError(f"no variant {text!r}{_hint(text, match)}")
    sparsity, clusters = _weights(text, match[3]) if match[3] else (None, None)
    if match[4] and not precision(match[2]).trained:
        trained = ", ".join(entry.name for entry in precisions() if entry.trained)
        raise VariantError(f"variant {text!r}: -qat trains for int8; it goes with {trained}")
    compression = Compression(sparsity=sparsity, clusters=clusters, qat=match[4] is not None)
    batch = None if match[5] is None else int(match[5])
    if batch is not None and not 1 <= batch <= MAX_BATCH:
        raise VariantError(f"variant {text!r}: a fixed batch has 1 to {MAX_BATCH} samples, not {batch}")
    return Variant(format=match[1], precision=match[2], compression=compression, batch=batch)


def _hint(text: str, match: re.Match[str] | None) -> str:
    """Return which variant may be meant: that of the same bits, or that of the nearest spelling; else all."""
    bits = None if match is None else re.fullmatch(r"(?:u?int|[iqw])(\d+)", match[2])
    if match is not None and bits is not None:
        precisions = [entry for entry in precisions_of(match[1]) if entry.weight_bits == int(bits[1])]
        if precisions:
            name = max(precisions, key=lambda entry: entry.activation_bits).name  # what computes as before
            return f"; did you mean {f'{match[1]}-{name}'!r} ({precision(name).summary})?"
    spellings = [str(variant) for variant in all_variants()]
    plain = text if match is None else f"{match[1]}-{match[2]}"
    return nearest(plain, spellings) or f"; there are: {', '.join(spellings)}"


def _weights(text: str, word: str) -> tuple[Sparsity | None, int | None]:
    """Read what a variant says of its weights: ``s50``, ``s50b4``, ``s2of4`` or ``c32``."""
    if match := re.fullmatch(r"s(\d+)(?:b(\d+))?", word):
        percent, block = int(match[1]), int(match[2] or 1)
        if percent > 99:
            raise VariantError(f"variant {text!r}: sparsity {percent}% is outside [0, 100): say s50 for half of them")
        if not 1 <= block <= 64:
            raise VariantError(f"variant {text!r}: blocks have 1 to 64 weights, not {block}")
        return Sparsity(percent=percent, block=block), None
    if match := re.fullmatch(r"s(\d+)of(\d+)", word):
        zeros, of = int(match[1]), int(match[2])
        if not 0 < zeros < of <= 64:
            raise VariantError(f"variant {text!r}: of {of} weights {zeros} cannot be zero: say s2of4 for two of four")
        return Sparsity(zeros=zeros, of=of), None
    if match := re.fullmatch(r"c(\d+)", word):
        clusters = int(match[1])
        if not 2 <= clusters <= MAX_CLUSTERS:
            raise VariantError(f"variant {text!r}: a layer has 2 to {MAX_CLUSTERS} clusters, not {clusters}")
        return None, clusters
    raise VariantError(f"variant {text!r}: {word!r} is no sparsity: say s50, s50b4 (blocks of 4), s2of4 or c32")
