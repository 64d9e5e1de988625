"""What each file in ``converters`` offers, and what it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.documents.weights import WeightFacts
from edgekit.quantization.methods import NEAREST
from edgekit.recipe.overrides import Override
from edgekit.recipe.variants import Variant

if TYPE_CHECKING:
    from edgekit.models.frozen_graph import FrozenGraph  # a device freezes nothing


class ConvertedFile(NamedTuple):
    """A model file that was made.

    Attributes:
        tool: What made it, with its version.
        contract: That of the file: a variant may fix the batch or take integers.
        rounded: Number of layers whose weights were rounded by the moments of what they read.
    """

    tool: str
    contract: Contract
    rounded: int = 0


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How the activations of a float model are measured.

    Attributes:
        model: The float model's file.
        batches: Samples as the file takes them; may be read several times.
        method: The name of a calibration method.
        trained: Ranges that training has fixed, by the nodes of the frozen graph.
    """

    model: Path
    batches: Iterable[Batch]
    method: str = "min-max"
    trained: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """What is derived from a float model.

    Attributes:
        model: The float model's file.
        contract: What goes in and comes out of it.
        variant: What to make of it.
        ranges: What `Converter.calibrate` kept; None for variants that need none.
        moments: What `Converter.measure` kept; None: weights are rounded to the nearest.
        rounding: The name of the rounding method that goes by them.
        overrides: Parts that are quantized less.
        trained: Whether training has rounded weights and fixed ranges, in whatever tool.
    """

    model: Path
    contract: Contract
    variant: Variant
    ranges: Path | None
    moments: Path | None = None
    rounding: str = NEAREST
    overrides: tuple[Override, ...] = ()
    trained: bool = False


class Converter(Protocol):
    """What each file in ``converters`` offers, for the format that it is named after."""

    def convert(self, graph: FrozenGraph, target: Path) -> str:
        """Write the float32 model that the other precisions are derived from; return the tool and its version."""
        ...

    def calibrate(self, calibration: Calibration, ranges: Path) -> None:
        """Run the float model over samples, one by one, and keep the ranges of its activations in a file."""
        ...

    def measure(self, calibration: Calibration, moments: Path) -> None:
        """Run the float model over samples, and keep the second moments of what its layers read in a file."""
        ...

    def facts(self, model: Path) -> WeightFacts:
        """Count the zeros among the weights of a model file."""
        ...

    def describe(self, model: Path, contract: Contract, *, name: str, front: Path | None) -> list[str]:
        """Write the contract into a model file, and return what its format cannot say in its own words.

        ``front`` is the folder of the front end that stands before it, or None.
        """
        ...

    def derive(self, derivation: Derivation, target: Path) -> ConvertedFile:
        """Write a variant of the float model.

        Raises:
            ConversionError: The model cannot be made so.
        """
        ...
