"""A derived file that no runtime here can run is no artifact; one that runs is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgekit.conversion import derivation
from edgekit.errors import ConversionError, SessionError
from edgekit.graph.freezing import freeze
from edgekit.recipe.variants import parse_variant
from tests.compression.graphs import save_network


def derive(folder: Path) -> None:
    """Derive fp16 from a small network's float file, into ``folder/out``."""
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
    variant = parse_variant("tflite-fp16")
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
