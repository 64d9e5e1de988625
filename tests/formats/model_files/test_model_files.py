"""Formats of model files: each file keeps to its protocol, and files are told by their first bytes."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from edgekit.adapters.model_file import ModelFileFormat
from edgekit.errors import ArtifactError
from edgekit.models.artifact import file_format
from edgekit.quantization.precision import formats
from edgekit.system import registry

FOLDER = "formats.model_files"


@pytest.mark.parametrize("name", registry.names(FOLDER))
def test_each_file_keeps_to_its_protocol(name: str) -> None:
    file = registry.load(FOLDER, name)
    assert isinstance(file.RANK, int)
    for function, protocol in inspect.getmembers(ModelFileFormat, inspect.isfunction):
        if not function.startswith("_"):
            expected = list(inspect.signature(protocol).parameters)[1:]
            assert list(inspect.signature(getattr(file, function)).parameters) == expected


def test_what_can_be_converted_to_can_be_read_and_written() -> None:
    assert set(registry.names(FOLDER)) == set(registry.names("converters")) == set(formats())


@pytest.mark.parametrize(
    ("head", "expected"), [(b"\x1c\0\0\0TFL3", "tflite"), (b"\x08\x08\x12\x07pytorch", "onnx"), (b"\x08\xff\x12", None)]
)
def test_files_are_told_by_their_first_bytes(head: bytes, expected: str | None, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(head)
    if expected is None:
        with pytest.raises(ArtifactError, match="neither a TFLite nor an ONNX file"):
            file_format(tmp_path / "model")
    else:
        assert file_format(tmp_path / "model") == expected
