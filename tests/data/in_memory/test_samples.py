"""Data in memory: whatever it comes as, the same samples; what is none is told from what is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.data.in_memory.samples import samples_in_memory
from edgekit.data.loading import fit_to_model, load_samples
from edgekit.errors import DataError
from edgekit.system.optional import tensorflow

X = np.arange(20, dtype=np.float32).reshape(5, 4)
Y = np.array([0, 1, 2, 1, 0])


def contract(*names: str, width: int = 4) -> Contract:
    return Contract(
        inputs=tuple(
            InputSpec.of("tensor", name=name, dtype="float32", shape=(None, width), key=name) for name in names
        ),
        outputs=(OutputSpec(name="y", meaning="probabilities", dtype="float32", shape=(None, 3), key="y"),),
    )


class Frame:
    """What a frame of pandas can do that is used of it."""

    iloc = None

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self._columns, self.columns = columns, list(columns)

    def __getitem__(self, name: str) -> list[Any]:
        return self._columns[name]


class Table(Frame):
    """What a data set of Hugging Face can do that is used of it."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        super().__init__(columns)
        self.column_names = self.features = self.columns
        del self.columns


class Batches:
    """A Keras sequence."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        return (X[:3], Y[:3]) if index == 0 else (X[3:], Y[3:])


def batches() -> Iterator[Any]:
    yield X[:2], Y[:2]
    yield X[2:], Y[2:]


def one_by_one() -> Iterator[Any]:
    yield from zip(X, Y, strict=True)


def dataset(batch: int | None) -> Any:
    samples = tensorflow().data.Dataset.from_tensor_slices((X, Y))
    return samples if batch is None else samples.batch(batch)


def table(kind: type) -> Any:
    return kind({**{name: X[:, index].tolist() for index, name in enumerate("abcd")}, "label": Y.tolist()})


@pytest.mark.parametrize(
    "make",
    [
        lambda: (X, Y),
        lambda: (X, Y, np.ones(5)),
        lambda: ({"x": X}, {"y": Y}),
        lambda: {"x": X, "label": Y},
        lambda: {"x": X, "label": Y.astype(float)},
        lambda: batches,
        lambda: one_by_one,
        Batches,
        lambda: dataset(2),
        lambda: dataset(None),
        lambda: table(Frame),
        lambda: table(Table),
    ],
)
def test_the_same_samples(make: Any) -> None:
    samples = fit_to_model(load_samples(make(), contract("x")), contract("x"))
    assert samples.labels == tuple(Y)
    np.testing.assert_array_equal(samples.read(0, 5, contract("x"))["x"], X)


@pytest.mark.parametrize("data", [X, X.tolist(), lambda: iter([X])])
def test_without_labels(data: Any) -> None:
    samples = fit_to_model(load_samples(data, contract("x")), contract("x"))
    assert samples.labels is None
    np.testing.assert_array_equal(samples.read(0, 5, contract("x"))["x"], X)


def test_several_inputs_are_told_by_place_or_name(capsys: pytest.CaptureFixture[str]) -> None:
    two = contract("b", "a")
    for data in (([X, X + 1], Y), [X, X + 1], ({"a": X + 1, "b": X}, Y)):
        read = fit_to_model(load_samples(data, two), two).read(0, 5, two)
        np.testing.assert_array_equal(read["b"], X)
        np.testing.assert_array_equal(read["a"], X + 1)
    assert capsys.readouterr().err.count("in this order: b, a") == 2  # of those without names


def test_a_spent_generator_and_other_objects_are_refused() -> None:
    with pytest.raises(DataError, match="cannot start again"):
        samples_in_memory(batches())
    with pytest.raises(DataError, match="yields nothing"):
        samples_in_memory(lambda: iter([]))
    with pytest.raises(DataError, match="class 'int' is no data"):
        samples_in_memory(3)
    with pytest.raises(DataError, match="of different shapes"):
        samples_in_memory([[1], [1, 2]])
    with pytest.raises(DataError, match="repeats for ever"):
        samples_in_memory(dataset(2).repeat())
    with pytest.raises(DataError, match="tuples of 4"):
        samples_in_memory(lambda: iter([(X, Y, Y, Y)]))
    with pytest.raises(DataError, match="several outputs"):
        samples_in_memory((X, {"a": Y, "b": Y}))


def test_columns_that_are_no_input_are_told() -> None:
    texts = Frame({"a": [1.0], "city": ["Ulm"]})
    with pytest.raises(DataError, match=r"the column 'city' holds \['Ulm'\], and the input 'x' takes numbers"):
        samples_in_memory(texts, contract("x", width=2))
    with pytest.raises(DataError, match=r"4 columns of numbers \(a, b, c, d\), and the input 'x' takes 3"):
        samples_in_memory(table(Frame), contract("x", width=3))
    with pytest.raises(DataError, match="no class for each sample"):
        samples_in_memory({"x": X, "label": X})
