"""Interpreters that are too old for a model, and would not say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from ai_edge_litert.interpreter import Interpreter

from edgekit.bundle.code.edgekit_model import TFLiteModel
from edgekit.remote.shim.ages import too_old


@pytest.mark.parametrize(
    ("variant", "version", "wrong"),
    [
        ("tflite-int8", "2.9.1", True),
        ("tflite-int8full", "2.5.0.post1", True),
        ("tflite-int16x8", "2.9.1", True),
        ("tflite-int8", "2.10.0", False),
        ("tflite-int8", "3.0.0", False),
        ("tflite-dynamic", "2.9.1", False),
        ("tflite-fp32", "2.9.1", False),
    ],
)
def test_one_scale_per_channel_needs_a_newer_one(variant: str, version: str, wrong: bool, demo_run: Path) -> None:
    file = demo_run / "artifacts" / variant / "model.tflite"
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    assert ("2.10 or newer" in (too_old(interpreter, version) or "")) == wrong
    assert too_old(interpreter, None) is None
    model = TFLiteModel(file.read_bytes(), 1, None)
    if wrong:
        with pytest.raises(ValueError, match=f"{version} answers this model wrongly"):
            model.check_age(version)
    else:
        model.check_age(version)
