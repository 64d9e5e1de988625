"""What tests of debugging share: a small network and artifacts of it, made once for all workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import load_samples
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.variants import parse_variant
from edgekit.system.cache import filled
from tests.compression.graphs import pictures, save_network

DATA = {"image": pictures(40)}
VARIANTS = ("tflite-fp32", "tflite-int8", "tflite-dynamic4", "onnx-fp32")


@pytest.fixture(scope="session")
def converted(shared_folder: Path) -> Path:
    """A folder with a network in ``model`` and its artifacts in ``artifacts``."""

    def fill(folder: Path) -> None:
        variants = [parse_variant(name) for name in VARIANTS]
        network = save_network(folder / "model")
        conversions = convert_all(network, variants, samples=load_samples(DATA), out=folder / "artifacts")
        assert [conversion.error for conversion in conversions] == [None] * len(VARIANTS)

    return filled(shared_folder, "debugging", fill)


@pytest.fixture(scope="session")
def network(converted: Path) -> TunedModel:
    """The network."""
    return load_model(converted / "model")


@pytest.fixture(scope="session")
def artifacts(converted: Path) -> Path:
    """The folder of its artifacts."""
    return converted / "artifacts"


@pytest.fixture(scope="session")
def float_file(artifacts: Path) -> bytes:
    """The network as a TFLite file in float."""
    return (artifacts / "tflite-fp32" / "model.tflite").read_bytes()
