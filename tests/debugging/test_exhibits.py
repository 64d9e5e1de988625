"""Exhibits of a diagnosis: files that others open, and none of what was not measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.debugging import exhibits
from edgekit.debugging.exhibits import write_drift, write_operator_overlay, write_reproducer
from edgekit.documents.diagnosis import Diagnosis
from edgekit.formats.tflite.graph import operator_types, read_graph
from edgekit.formats.tflite.subgraphs import Runner, name_of
from tests.compression.graphs import pictures
from tests.report.conftest import make_diagnosis

DIAGNOSIS = Diagnosis.from_json(make_diagnosis())


def test_operators_without_a_ratio_are_not_in_the_overlay(tmp_path: Path) -> None:
    exact, *others = DIAGNOSIS.operators
    path = write_operator_overlay(tmp_path / "debug", [replace(exact, alone_db=None), *others])
    results = json.loads(Path(path).read_text())["main"]["results"]
    assert set(results) == {operator.name for operator in others}


def test_an_overlay_of_nothing_is_a_file_too(tmp_path: Path) -> None:
    path = write_operator_overlay(tmp_path, [])
    assert json.loads(Path(path).read_text())["main"]["results"] == {}


def test_errors_are_drawn_where_matplotlib_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_drift(tmp_path, DIAGNOSIS)
    assert path is not None
    assert Path(path).read_text().startswith("<svg")
    Path(path).unlink()
    monkeypatch.setattr(exhibits, "installed_version", lambda name: None)
    assert write_drift(tmp_path, DIAGNOSIS) is None
    assert list(tmp_path.iterdir()) == []


def test_a_culprit_runs_alone_on_what_goes_into_it(float_file: bytes, tmp_path: Path) -> None:
    graph = read_graph(float_file).subgraphs[0]
    number = operator_types(float_file).index("DEPTHWISE_CONV_2D")
    name = name_of(graph, int(graph.operators[number].outputs[0]))
    culprit = replace(DIAGNOSIS.operators[0], name=name)
    feeds = {name_of(graph, int(graph.inputs[0])): pictures(1)}
    folder = Path(write_reproducer(tmp_path, culprit, float_file, float_file, feeds))
    inputs = dict(np.load(folder / "inputs.npz"))
    whole = Runner(float_file, inside=True)
    whole.run(feeds)
    for file in ("float.tflite", "artifact.tflite"):
        alone = Runner((folder / file).read_bytes())
        assert set(alone.inputs) == set(inputs)
        np.testing.assert_allclose(alone.run(inputs)[name], whole.tensors([name])[name], atol=1e-5)
