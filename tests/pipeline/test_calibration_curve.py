"""The curve of calibration rises with samples that show more of the range, and with no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.derivation import convert_float
from edgekit.data.loading import load_samples
from edgekit.documents.run import CalibrationCurve
from edgekit.graph.freezing import freeze
from edgekit.models.tuned_model import TunedModel
from edgekit.pipeline.calibration_curve import JUDGES, calibration_curve
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.recipe.variants import parse_variant
from tests.compression.graphs import pictures, save_network

COUNT = 100
SETTINGS = ConversionRecipe()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> TunedModel:
    return save_network(tmp_path_factory.mktemp("network") / "model")


def curve_of(network: TunedModel, images: Any, folder: Path) -> CalibrationCurve | None:
    (folder / "work").mkdir()
    graph = freeze(network, folder / "work")
    convert_float("tflite", graph, folder / "float.tflite")
    samples = load_samples({"image": images})
    variant = parse_variant("tflite-int8")
    return calibration_curve(variant, folder / "float.tflite", graph, samples, network.contract, SETTINGS)


def ratios_of(curve: CalibrationCurve) -> list[float]:
    ratios = [point.sqnr_db for point in curve.points]
    assert None not in ratios, "int8 is never exact"
    return [ratio for ratio in ratios if ratio is not None]


def first_calibrating() -> int:
    """Return the sample that the first point calibrates with: the one behind those that judge."""
    order = np.random.default_rng(SETTINGS.seed).permutation(COUNT)
    return int(order[JUDGES])


def test_it_rises_where_the_first_sample_is_dim(network: TunedModel, tmp_path: Path) -> None:
    images = pictures(COUNT)
    images[first_calibrating()] *= 0.1
    curve = curve_of(network, images, tmp_path)
    assert curve is not None
    assert (curve.judges, curve.method) == (JUDGES, "min-max")
    assert [point.samples for point in curve.points] == [1, 2, 5, 10, 20, 50, COUNT - JUDGES]
    ratios = ratios_of(curve)
    assert ratios[-1] > ratios[0] + 10


def test_it_stays_level_where_all_samples_are_the_same(network: TunedModel, tmp_path: Path) -> None:
    curve = curve_of(network, np.repeat(pictures(1), COUNT, axis=0), tmp_path)
    assert curve is not None
    ratios = ratios_of(curve)
    assert max(ratios) < min(ratios) + 10


def test_too_few_samples_have_no_curve(network: TunedModel, tmp_path: Path) -> None:
    assert curve_of(network, pictures(8), tmp_path) is None
