"""The calibration curve: what int8 keeps of the float file's answers, by the number of samples that calibrated it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgekit.adapters.converter import Calibration, Derivation
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.conversion.batches import CalibrationBatches
from edgekit.conversion.derivation import converter
from edgekit.data.samples import Samples
from edgekit.documents.run import CalibrationCurve, CurvePoint
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


def calibration_curve(
    variant: Variant, model: Path, graph: FrozenGraph, samples: Samples, contract: Contract, settings: ConversionRecipe
) -> CalibrationCurve | None:
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
        references = _answers(Artifact(path=model, file=model, format=variant.format), inputs)
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
                model=model,
                contract=graph.contract,
                variant=variant,
                ranges=ranges,
                moments=moments,
                rounding=settings.rounding,
                overrides=settings.overrides,
            )
            adapter.derive(derivation, file)
            answers = _answers(Artifact(path=file, file=file, format=variant.format), inputs)
            points.append(CurvePoint(samples=count, sqnr_db=_worst(references, answers)))
    return CalibrationCurve(variant=str(variant), method=settings.method, judges=judges, points=tuple(points))


def _answers(artifact: Artifact, inputs: Sequence[Batch]) -> list[Batch]:
    with open_session(artifact) as session:
        return [session.run(**batch) for batch in inputs]


def _worst(references: Sequence[Batch], candidates: Sequence[Batch]) -> float | None:
    errors = {name: OutputError() for name in references[0]}
    for reference, candidate in zip(references, candidates, strict=True):
        for name, error in errors.items():
            error.add(reference[name], candidate[name])
    ratios = [error.to_report().sqnr_db for error in errors.values()]
    return min((ratio for ratio in ratios if ratio is not None), default=None)
