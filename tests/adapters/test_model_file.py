"""What every format of model files has to keep: each file is recognized by one format, whatever it begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.adapters.model_file import ModelFileFormat
from edgekit.errors import ArtifactError
from edgekit.system import registry

FORMATS: dict[str, ModelFileFormat] = {name: registry.load("formats.model_files", name) for name in ("onnx", "tflite")}
HEADS = {"tflite": b"\x1c\x00\x00\x00TFL3\x14\x00", "onnx": b"\x08\x08\x12\x07pytorch"}


def recognized(head: bytes) -> list[str]:
    return [name for name, adapter in FORMATS.items() if adapter.recognizes(head)]


def test_these_are_all_formats() -> None:
    assert list(FORMATS) == registry.names("formats.model_files")


@pytest.mark.parametrize(("name", "head"), HEADS.items())
def test_a_file_is_of_one_format(name: str, head: bytes) -> None:
    assert recognized(head) == [name]


@pytest.mark.parametrize(
    "head", [b"", b"\x08", b"TFL3", b"PK\x03\x04....", b"\x89HDF\r\n\x1a\n", bytes(16), b"\xff" * 16]
)
def test_what_is_none_is_recognized_by_none(head: bytes) -> None:
    assert recognized(head) == []


def test_a_surer_sign_is_asked_first() -> None:
    """A buffer that begins as ONNX may, with TFLite's identifier where it belongs: the identifier counts."""
    both = b"\x08\x00\x00\x00TFL3\x14\x00"
    assert sorted(recognized(both)) == ["onnx", "tflite"]
    first = min(recognized(both), key=lambda name: FORMATS[name].RANK)
    assert first == "tflite"


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.tflite"
    file.write_bytes(HEADS["tflite"] + b"\xff" * 40)
    for ask in (FORMATS["tflite"].op_counts, FORMATS["tflite"].operators):
        with pytest.raises(ArtifactError, match="damaged"):
            ask(file)
