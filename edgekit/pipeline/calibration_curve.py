"""The calibration curve: what int8 keeps of the float file's answers, by the number of samples that calibrated it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.adapters.converter import Calibration, Derivation
from edgekit.contract.contract import Contract
from edgekit.conversion.batches import CalibrationBatches
from edgekit.conversion.derivation import converter
from edgekit.data.batch import Batch
from edgekit.data.samples import Samples
from edgekit.evaluation.output_error import OutputError
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.quantization.methods import rounding_method
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.recipe.variants import Variant

COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
JUDGES = 32
"""Samples, apart from those that calibrate, that each point is measured on."""
FEWEST_JUDGES = 4


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the curve.

    Attributes:
        samples: Number of samples that calibrated.
        sqnr_db: Of the worst output, against the float file's answers.
    """

    samples: int
    sqnr_db: float | None


def calibration_curve(
    variant: Variant, model: Path, graph: FrozenGraph, samples: Samples, contract: Contract, settings: ConversionRecipe
) -> dict[str, Any] | None:
    """Calibrate with more and more samples, and measure each time on others, all from the training data.

    Args:
        variant: A calibrated variant without compression.
        model: The float file.
        graph: What it was made from.
        samples: Training samples; those that judge a point calibrate none.
        contract: How samples become inputs of the original.
        settings: Number of samples, method and exceptions; its seed draws them.

    Returns:
        The variant, the method, the number of judges and the points; None where there are too few samples.
    """
    order = [int(index) for index in np.random.default_rng(settings.seed).permutation(len(samples))]
    judges = min(JUDGES, len(order) // 3)
    if judges < FEWEST_JUDGES:
        return None
    judging, rest = samples.take(order[:judges]), order[judges:]
    most = min(settings.calibration, len(rest))
    counts = sorted({count for count in COUNTS if count < most} | {most})
    inputs = list(CalibrationBatches(judging, contract, graph.front))
    with tempfile.TemporaryDirectory(prefix="edgekit-curve-") as folder:
        wanted = _answers(Artifact(path=model, file=model, format=variant.format), inputs)
        points, moments = [], Path(folder) / "moments.npz" if rounding_method(settings.rounding).MEASURES else None
        if moments is not None:  # the same for all points: they differ in their ranges
            batches = CalibrationBatches(samples.take(rest[:most]), contract, graph.front)
            converter(variant.format).measure(Calibration(model=model, batches=batches), moments)
        for count in counts:
            ranges, file = Path(folder) / f"ranges-{count}.json", Path(folder) / f"model-{count}.{variant.format}"
            batches = CalibrationBatches(samples.take(rest[:count]), contract, graph.front)
            adapter = converter(variant.format)
            measuring = Calibration(model=model, batches=batches, method=settings.method)
            adapter.calibrate(measuring, ranges)
            derivation = Derivation(
                model=model, contract=graph.contract, variant=variant, ranges=ranges, moments=moments,
                rounding=settings.rounding,
                overrides=settings.overrides,
            )  # fmt: skip
            adapter.derive(derivation, file)
            found = _answers(Artifact(path=file, file=file, format=variant.format), inputs)
            points.append(Point(samples=count, sqnr_db=_worst(wanted, found)))
    return {
        "variant": str(variant),
        "method": settings.method,
        "judges": judges,
        "points": [asdict(point) for point in points],
    }


def _answers(artifact: Artifact, inputs: Sequence[Batch]) -> list[Batch]:
    with open_session(artifact) as session:
        return [session.run(**batch) for batch in inputs]


def _worst(wanted: Sequence[Batch], found: Sequence[Batch]) -> float | None:
    errors = {name: OutputError() for name in wanted[0]}
    for before, after in zip(wanted, found, strict=True):
        for name, error in errors.items():
            error.add(before[name], after[name])
    values = [value for error in errors.values() if (value := error.to_json()["sqnr_db"]) is not None]
    return min(values) if values else None
