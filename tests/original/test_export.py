"""A saved model is a hub module, and its signature has the contract's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import CONTRACT_FILE, Contract, InputSpec, OutputSpec
from edgekit.errors import OutputError
from edgekit.original.export import save_reusable
from edgekit.system.optional import tensorflow
from tests.hub_modules import weights

CONTRACT = Contract(
    inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),),
    outputs=(OutputSpec(name="y", meaning="tensor", dtype="float32", shape=(None, 3), key="y"),),
)


def save(path: Path, matrix: Any) -> None:
    def call(values: dict[str, Any], training: bool) -> dict[str, Any]:
        return {"y": tensorflow().matmul(values["x"], matrix) + (1.0 if training else 0.0)}

    save_reusable(path, CONTRACT, call, variables=[matrix], trainable_variables=[matrix])


def test_it_is_called_as_a_layer_and_by_its_signature(tmp_path: Path) -> None:
    matrix = weights(2, 3)
    save(tmp_path / "m", matrix)
    loaded = tensorflow().saved_model.load(str(tmp_path / "m"))
    x = np.array([[1, -2]], np.float32)
    expected = x @ matrix.numpy()
    np.testing.assert_allclose(loaded(x), expected, rtol=1e-6)
    np.testing.assert_allclose(loaded(x, training=True), expected + 1, rtol=1e-6)
    np.testing.assert_allclose(loaded.signatures["serving_default"](x=x)["y"], expected, rtol=1e-6)
    assert len(loaded.trainable_variables) == 1
    assert Contract.load(tmp_path / "m") == CONTRACT


def test_a_model_is_replaced_and_other_files_are_not(tmp_path: Path) -> None:
    save(tmp_path / "m", weights(2, 3))
    save(tmp_path / "m", weights(2, 3, seed=1))
    (tmp_path / "m" / CONTRACT_FILE).unlink()
    with pytest.raises(OutputError, match="holds files that are not edgekit's"):
        save(tmp_path / "m", weights(2, 3))
