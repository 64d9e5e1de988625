"""A derived file that no runtime here can run is no artifact; one that runs is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgekit.conversion import derivation
from edgekit.documents.weights import WeightFacts
from edgekit.errors import ConversionError, SessionError
from edgekit.graph.freezing import freeze
from edgekit.recipe.variants import parse_variant
from tests.compression.graphs import save_network


def derive(folder: Path, name: str = "tflite-fp16") -> None:
    """Derive a variant from a small network's float file, into ``folder/out``."""
    network = save_network(folder / "model")
    (folder / "frozen").mkdir()
    graph = freeze(network, folder / "frozen")
    derivation.convert_float("tflite", graph, folder / "float.tflite")
    origin = derivation.Origin(
        graph=graph,
        contract=network.contract,
        key="",
        calibrated_on=frozenset(),
        sample=None,
        overrides=(),
        rounding="nearest",
    )
    variant = parse_variant(name)
    derivation.derive(variant, folder / "float.tflite", derivation.Measured(), origin, folder / "out")


def test_what_runs_is_an_artifact(tmp_path: Path) -> None:
    derive(tmp_path)
    (artifact,) = (tmp_path / "out").iterdir()
    assert {"artifact.json", "model.tflite"} <= {file.name for file in artifact.iterdir()}


def test_what_the_runtime_cannot_run_is_no_artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise SessionError("op NEW_OP is not known")

    monkeypatch.setattr(derivation, "open_session", refuse)
    with pytest.raises(ConversionError, match=r"built, but litert .* here cannot run it: op NEW_OP"):
        derive(tmp_path)
    assert not list((tmp_path / "out").glob("*"))


def test_a_file_whose_layers_share_no_values_is_no_clustered_variant(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="no layer of the file shares 8 values, as was asked for"):
        derive(tmp_path, "tflite-fp16-c8")
    assert not list((tmp_path / "out").glob("*"))


def test_a_file_that_lost_its_zeros_is_no_pruned_variant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([weight_counts(zeros=97), weight_counts(zeros=99)])
    monkeypatch.setattr("edgekit.converters.tflite.facts", lambda _: next(counts))
    with pytest.raises(ConversionError, match="of 99 zeros among the weights 97 are left in the file"):
        derive(tmp_path, "tflite-fp16-s50")


def weight_counts(*, zeros: int) -> WeightFacts:
    return WeightFacts(
        weights=200,
        zeros=zeros,
        clustered=0,
        bytes=1,
        bytes_compressed=1,
        encoded=False,
        sparse_kernels=False,
        reason="",
    )
