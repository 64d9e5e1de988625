"""What LiteRT gives to XNNPACK: nearly all of a float or int8 file, nothing with int16 activations."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import load_samples
from edgekit.models.artifact import Artifact
from edgekit.planning import plan
from edgekit.recipe.variants import parse_variant
from tests.compression.graphs import pictures, save_network


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    folder: Path = tmp_path_factory.mktemp("network")
    made = convert_all(
        save_network(folder / "model"),
        [parse_variant(f"tflite-{name}") for name in ("fp32", "int8", "int16x8")],
        samples=load_samples({"image": pictures(20)}),
        out=folder / "out",
    )
    return {str(each.variant): each.artifact for each in made if each.artifact is not None}


@pytest.mark.parametrize("name", ["tflite-fp32", "tflite-int8"])
def test_convolutions_are_taken(name: str, artifacts: dict[str, Artifact]) -> None:
    found = plan(artifacts[name], "xnnpack")
    assert found.basis == "measured"
    assert found.partitions >= 1
    layers = [op for op in found.ops if op.op in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")]
    assert layers
    assert all(op.delegated for op in layers)


def test_int16_activations_are_not(artifacts: dict[str, Artifact]) -> None:
    found = plan(artifacts["tflite-int16x8"], "xnnpack")
    (conv, *_) = [op for op in found.ops if op.op == "CONV_2D"]
    assert not conv.delegated
    assert conv.fix == "take tflite-int8"
