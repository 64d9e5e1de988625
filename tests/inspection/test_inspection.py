"""An inspection says what is at a handle without running it: ports, ops and size of files, and what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.errors import ArtifactError, EdgekitError
from edgekit.inspection.inspection import inspect


@pytest.mark.parametrize(("variant", "format_"), [("tflite-fp32", "tflite"), ("onnx-fp32", "onnx")])
def test_a_file_has_ports_and_ops(variant: str, format_: str, demo_run: Path) -> None:
    (file,) = (demo_run / "artifacts" / variant).glob("model.*")
    report = inspect(str(file))
    assert (report.format, report.bytes, report.risks) == (format_, file.stat().st_size, ())
    (signature,) = report.signatures.values()
    (port,) = signature.outputs.values()
    assert port.dtype == "float32"
    assert port.shape is not None
    assert port.shape[1:] == (10,)
    assert sum(report.ops.values()) > 3
    assert list(report.ops) == sorted(report.ops)


def test_integers_that_stand_for_floats_are_shown_as_integers(demo_run: Path) -> None:
    artifacts = demo_run / "artifacts"
    ports = {}
    for variant in ("tflite-int8", "tflite-int8full"):
        (signature,) = inspect(str(artifacts / variant)).signatures.values()
        (ports[variant],) = signature.inputs.values()
    assert ports["tflite-int8"].dtype == "float32"
    assert ports["tflite-int8"].quantization != ports["tflite-int8full"].quantization
    assert ports["tflite-int8full"].dtype in ("int8", "uint8")


def test_a_module_has_the_sum_of_its_files_as_size(demo_run: Path) -> None:
    folder = demo_run / "source" / "module"
    report = inspect(str(folder))
    assert report.bytes == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert report.signatures or report.ops


def test_nothing_and_a_broken_file_are_refused(demo_run: Path, tmp_path: Path) -> None:
    with pytest.raises(EdgekitError, match="nowhere"):
        inspect(str(tmp_path / "nowhere"))
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"TFL3" * 10)
    with pytest.raises(EdgekitError):
        inspect(str(broken))
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "artifact.json").write_text("{}")
    with pytest.raises(ArtifactError):
        inspect(str(folder))
