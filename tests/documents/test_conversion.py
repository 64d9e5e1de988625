from __future__ import annotations

import pytest

from edgekit.documents.conversion import ConversionEntry, ConversionReport
from edgekit.errors import OutputError

ENTRY = {
    "variant": "tflite-int8",
    "status": "built",
    "error": None,
    "path": "artifacts/tflite-int8",
    "rounding": "gptq",
    "bytes": 100,
    "sha256": "0" * 64,
}


def test_each_variant_is_read_back() -> None:
    report = ConversionReport.from_json({"model": "model", "artifacts": [ENTRY]})
    assert report.artifacts == (ConversionEntry(**ENTRY),)  # type: ignore[arg-type]
    assert report.to_json() == {"model": "model", "artifacts": (ENTRY,)}


def test_a_variant_is_built_or_failed() -> None:
    assert ConversionEntry.from_json({**ENTRY, "status": "failed"}).status == "failed"
    with pytest.raises(OutputError, match="status"):
        ConversionEntry.from_json({**ENTRY, "status": "almost"})
