"""A CSV's columns of numbers are a tensor: those that are stated, or all in order; a text among them is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.shape import Shape
from edgekit.data.loading import load_samples
from edgekit.errors import DataError

TABLE = "age,name,bmi,label\n1,ann,2.5,a\n3,bob,4.5,b\n"


def contract(shape: Shape = (None, 2), **settings: Any) -> Contract:
    spec = InputSpec.of("tensor", name="x", dtype="float32", shape=shape, key="x", **settings)
    return Contract(inputs=(spec,), outputs=())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "table.csv").write_text(TABLE)
    return tmp_path / "table.csv"


def test_all_numbers_in_order_are_an_input_and_said(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = load_samples(table)
    values = samples.read(0, 2, contract())["x"]
    np.testing.assert_array_equal(values, np.array([[1, 2.5], [3, 4.5]], np.float32))
    assert values.dtype == np.float32
    assert samples.classes == ("a", "b")
    assert "x is made of the columns of numbers, in their order: age, bmi" in capsys.readouterr().err


def test_stated_columns_count_in_their_order(table: Path) -> None:
    values = load_samples(table).read(1, 2, contract(columns=("bmi", "age")))["x"]
    np.testing.assert_array_equal(values, [[4.5, 3]])
    single = load_samples(table).read(0, 2, contract((None,), columns=("bmi",)))["x"]
    np.testing.assert_array_equal(single, [2.5, 4.5])
    with pytest.raises(DataError, match="no column 'bm'; did you mean 'bmi'"):
        load_samples(table).read(0, 1, contract(columns=("age", "bm")))


def test_another_number_of_columns_is_told(table: Path) -> None:
    with pytest.raises(DataError, match=r"2 columns of numbers \(age, bmi\), the input 'x' takes 3: name them"):
        load_samples(table).read(0, 1, contract((None, 3)))


@pytest.mark.parametrize("cell", ["", "tall", "nan"])
def test_a_text_among_numbers_is_told_with_its_row(table: Path, cell: str) -> None:
    table.write_text(TABLE + f"5,cat,{cell},a\n")
    samples = load_samples(table)
    assert samples.read(0, 2, contract())["x"].shape == (2, 2)
    with pytest.raises(DataError, match=f"row 4: .*column 'bmi' holds '{cell}', which is no number"):
        samples.read(2, 3, contract())


def test_a_table_without_numbers_is_no_row_of_them(tmp_path: Path) -> None:
    (tmp_path / "words.csv").write_text("word\na\nb\n")
    with pytest.raises(DataError, match="do not fit: the model takes x float32"):
        load_samples(tmp_path / "words.csv").read(0, 1, contract())
