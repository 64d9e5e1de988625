"""The contract in a TFLite file: read strictly, and missed where there is none."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.errors import ArtifactError
from edgekit.models.embedded import MOST_BYTES, embedded_contract

VALUE = {
    "signature": "serving_default",
    "inputs": {"x": {"kind": "tensor", "dtype": "float32", "shape": [None, 2], "key": "x"}},
    "outputs": {"y": {"meaning": "tensor", "dtype": "float32", "shape": [None, 2], "key": "y"}},
}


def with_contract(path: Path, text: str) -> Path:
    """Write bytes that stand for a model, with a zip behind them as TFLite's metadata is."""
    path.write_bytes(b"a model")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(CONTRACT_FILE, text)
    return path


def test_a_contract_behind_a_model_is_read(tmp_path: Path) -> None:
    assert embedded_contract(with_contract(tmp_path / "x", json.dumps(VALUE))) == Contract.from_json(VALUE)


def test_a_file_without_one_has_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a model")
    assert embedded_contract(tmp_path / "x") is None
    with zipfile.ZipFile(tmp_path / "y", "w") as archive:
        archive.writestr("labels.txt", "a")
    assert embedded_contract(tmp_path / "y") is None


@pytest.mark.parametrize("text", ["no JSON", "{}", json.dumps(VALUE) + " " * MOST_BYTES])
def test_a_damaged_or_huge_one_is_refused_with_the_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="contract") as caught:
        embedded_contract(with_contract(tmp_path / "x", text))
    assert caught.value.path == tmp_path / "x"
