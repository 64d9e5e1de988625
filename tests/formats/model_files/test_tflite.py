"""TFLite files as any layer asks them: recognized by their identifier, their ops counted by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.errors import ArtifactError
from edgekit.formats.model_files.tflite import op_counts, operators, recognizes
from edgekit.formats.tflite.graph import read_graph, write_graph


@pytest.mark.parametrize(
    ("head", "recognized"),
    [(b"\x1c\0\0\0TFL3", True), (b"TFL3\0\0\0\0", False), (b"\x1c\0\0\0TFL", False), (b"", False)],
)
def test_it_has_its_identifier_at_the_fourth_byte(head: bytes, recognized: bool) -> None:
    assert recognizes(head) is recognized


def test_ops_are_counted_by_name(sums: Path, tmp_path: Path) -> None:
    assert op_counts(sums) == {"ADD": 2, "MUL": 2, "SIN": 1}
    assert [operator.kind for operator in operators(sums)].count("MUL") == 2
    loaded = read_graph(sums.read_bytes())
    codes = [code.builtinCode for code in loaded.operatorCodes]
    sine = loaded.operatorCodes[loaded.subgraphs[0].operators[3].opcodeIndex]
    sine.builtinCode, sine.deprecatedBuiltinCode, sine.customCode = 32, 32, b"Atan"
    assert len(set(codes)) == 3
    (tmp_path / "custom.tflite").write_bytes(write_graph(loaded))
    assert op_counts(tmp_path / "custom.tflite") == {"ADD": 2, "MUL": 2, "Atan": 1}


@pytest.mark.parametrize("length", [0, 8, 100])
def test_a_damaged_file_is_named(length: int, sums: Path, tmp_path: Path) -> None:
    (tmp_path / "damaged.tflite").write_bytes(sums.read_bytes()[:length])
    with pytest.raises(ArtifactError, match=r"damaged\.tflite is damaged"):
        op_counts(tmp_path / "damaged.tflite")
