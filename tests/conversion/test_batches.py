"""Calibration batches are single samples, as often as they are asked for, and each value is a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec
from edgekit.conversion import batches
from edgekit.conversion.batches import CalibrationBatches
from edgekit.data.loading import load_samples
from edgekit.errors import ConversionError

CONTRACT = Contract(inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),), outputs=())
X = np.arange(6, dtype=np.float32).reshape(3, 2)


def of(values: Any, front: Any = None) -> CalibrationBatches:
    return CalibrationBatches(load_samples({"x": values}), CONTRACT, front)


def test_one_sample_each_and_again() -> None:
    stream = of(X)
    for _ in range(2):
        np.testing.assert_array_equal(np.concatenate([batch["x"] for batch in stream]), X)
        assert [batch["x"].shape for batch in stream] == [(1, 2)] * 3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_names_its_sample(value: float) -> None:
    values = X.copy()
    values[1, 0] = value
    stream = iter(of(values))
    next(stream)
    with pytest.raises(ConversionError, match=r"calibration sample '.+' has NaN or infinite values in 'x'"):
        next(stream)


def test_through_the_front_end(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubled:
        """A front end with another name for what goes into the file."""

        def run(self, batch: dict[str, Any]) -> dict[str, Any]:
            return {"core": 2 * batch["x"]}

    monkeypatch.setattr(batches, "load_program", lambda front: Doubled())
    values = [batch["core"] for batch in of(X, tmp_path)]
    np.testing.assert_array_equal(np.concatenate(values), 2 * X)
