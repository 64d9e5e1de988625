from __future__ import annotations

from typing import Any

import pytest

from edgekit.documents.inspection import InspectionReport, Port
from edgekit.errors import OutputError

INSPECTION: dict[str, Any] = {
    "handle": "model.tflite",
    "digest": "sha256:0",
    "format": "tflite",
    "signatures": {"serving_default": {"inputs": {"x": {"dtype": "int8", "shape": [None, 4]}}, "outputs": {}}},
    "bytes": 10,
    "ops": {"CONV_2D": 2},
    "risks": [{"op": "PyFunc", "where": "call", "risk": "runs Python"}],
}


def test_what_is_there_is_read_back() -> None:
    report = InspectionReport.from_json(INSPECTION)
    assert report.signatures["serving_default"].inputs["x"].shape == (None, 4)
    assert report.risks[0].op == "PyFunc"
    assert list(report.to_json()) == list(INSPECTION)


def test_a_key_is_absent_where_nothing_was_asked() -> None:
    assert "feeding" not in InspectionReport.from_json(INSPECTION).to_json()
    assert Port(dtype="float32", shape=None).to_json() == {"dtype": "float32", "shape": None}


def test_a_size_is_a_whole_number() -> None:
    with pytest.raises(OutputError, match="bytes"):
        InspectionReport.from_json({**INSPECTION, "bytes": "10 kB"})
