"""One call from a model in memory to a report, a table and artifacts that predict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgekit as ek
from edgekit.errors import DataError, ModuleError, VariantError
from edgekit.pipeline.ship import Shipment
from edgekit.system.optional import tensorflow

X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)


def network() -> Any:
    keras = tensorflow().keras
    layers = [keras.Input([4], name="x"), keras.layers.Rescaling(2.0), keras.layers.Dense(3, activation="softmax")]
    return keras.Sequential(layers)


@pytest.fixture(scope="module")
def shipment(tmp_path_factory: pytest.TempPathFactory) -> Shipment:
    data = (X, np.arange(60) % 3)  # whatever is right: the two are compared
    out = tmp_path_factory.mktemp("ship")
    return ek.ship(
        network(), data, variants=["tflite-fp32"], labels=["a", "b", "c"], max_drop=0.5, out=out, shows=False
    )


def test_the_verdict_is_that_of_samples_apart(shipment: Shipment) -> None:
    assert shipment.verdict == shipment.report.verdict == "pass"
    data = shipment.report.data
    assert data is not None
    assert (data.train, data.held_out) == (30, 30)


def test_reports_and_artifacts_lie_in_the_folder(shipment: Shipment) -> None:
    assert (shipment.folder / "report.html").is_file()
    assert list(shipment.artifacts) == ["tflite-fp32"]
    (contract,) = [artifact.contract for artifact in shipment.artifacts.values()]
    assert contract is not None
    assert contract.outputs[0].labels == ("a", "b", "c")


def test_it_is_a_table(shipment: Shipment, capsys: pytest.CaptureFixture[str]) -> None:
    shipment.show()
    printed = capsys.readouterr().out
    assert "tflite-fp32" in printed
    assert all(len(line) <= 80 for line in printed.splitlines() if "Report:" not in line)
    page = shipment._repr_html_()
    assert page.startswith("<table>")
    assert "<td>tflite-fp32</td>" in page


def test_a_bundle_of_it_verifies(shipment: Shipment, tmp_path: Path) -> None:
    bundle = ek.make_bundle(shipment.artifacts["tflite-fp32"], out=tmp_path / "m.edgekit")
    assert ek.verify_bundle(bundle).ok


def test_bad_input_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(VariantError, match="variants is a list"):
        ek.ship(network(), X, variants="tflite-int8", out=tmp_path / "out")
    with pytest.raises(VariantError, match="did you mean 'tflite-int8'"):
        ek.ship(network(), X, variants=["tflite-int9"], out=tmp_path / "out")
    with pytest.raises(DataError, match="the model takes"):
        ek.ship(network(), X[:, :3], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_range_of_photos_is_said_in_the_call(tmp_path: Path) -> None:
    keras = tensorflow().keras
    layers = [keras.Input([8, 8, 3], name="photo"), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
    photos = np.random.default_rng(0).integers(0, 256, (40, 12, 9, 3)).astype(np.uint8)
    with pytest.raises(ModuleError, match=r"'photo' expects is not known.*pixels=\(0, 255\)"):
        ek.ship(model, photos, variants=["tflite-fp32"], out=tmp_path / "unsaid", shows=False)
    shipment = ek.ship(model, photos, variants=["tflite-fp32"], pixels=(0, 255), out=tmp_path / "said", shows=False)
    (artifact,) = shipment.artifacts.values()
    assert artifact.contract is not None
    assert artifact.contract.inputs[0].to_json()["range"] == [0, 255]
