"""Columns of numbers: a table's cells as the tensor of an input, in the order that is stated or that of the table."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.errors import DataError, nearest
from edgekit.system.progress import note

TABULAR_RANKS = (1, 2)
"""Axes of what a row of numbers can be: one number, or one of several for each column."""


class NumberColumns(Struct, frozen=True, kw_only=True):
    """The columns of a table that are an input.

    Attributes:
        spec: The input.
        columns: Their cells, by name, in the order of the input's values.
    """

    spec: InputSpec
    columns: Mapping[str, Sequence[str]]

    def read(self, start: int, stop: int, names: Sequence[str]) -> NDArray[Any]:
        """Return rows as the model takes them, ``[n, columns]``, or ``[n]`` of a single number.

        Args:
            start: First row.
            stop: One past the last.
            names: What the rows are called, for messages.

        Raises:
            DataError: A cell is no number.
        """
        numbers = np.array(
            [
                [_number(cells[row], name, names[row], self.spec) for name, cells in self.columns.items()]
                for row in range(start, stop)
            ]
        ).reshape(stop - start, len(self.columns))
        values = numbers.astype(self.spec.dtype)
        return values[:, 0] if len(self.spec.shape) == 1 else values


def number_columns(spec: InputSpec, texts: Mapping[str, Sequence[str]], others: Sequence[str]) -> NumberColumns | None:
    """Return the columns that are an input of numbers; None: the table has none, or the input is no row of them.

    Those are the ones that the contract states, or the one of the input's own name, or all that begin with a number.

    Args:
        spec: The input.
        texts: The table's columns that are no files, by name.
        others: Names of the other inputs, whose columns are not this one's.

    Raises:
        DataError: A column is not there, or the model takes another number of them.
    """
    stated: Sequence[str] | None = getattr(spec.medium, "columns", None)
    if len(spec.shape) not in TABULAR_RANKS:
        return None
    if stated is not None:
        missing = [name for name in stated if name not in texts]
        if missing:
            raise DataError(
                f"there is no column {missing[0]!r}{nearest(missing[0], texts)}, which the input {spec.name!r} is made "
                f"of (the data has: {', '.join(texts)})",
                input=spec.name,
            )
        names = list(stated)
    elif spec.name in texts:
        names = [spec.name]
    else:
        names = [name for name, cells in texts.items() if name not in others and _is_number(cells[0])]
    if not names:
        return None
    _check_count(spec, names)
    if stated is None and names != [spec.name]:
        _say(f"{spec.name} is made of the columns of numbers, in their order: {', '.join(names)}")
    return NumberColumns(spec=spec, columns={name: texts[name] for name in names})


def _check_count(spec: InputSpec, names: Sequence[str]) -> None:
    count = 1 if len(spec.shape) == 1 else spec.shape[1]
    if count not in (None, len(names)):
        raise DataError(
            f"the data has {len(names)} columns of numbers ({', '.join(names)}), the input {spec.name!r} takes "
            f'{count}: name them in its order, by columns = ["{names[0]}", ...] under [inputs.{spec.name}]',
            input=spec.name,
        )


@functools.cache
def _say(sentence: str) -> None:
    """Say something once."""
    note(sentence)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, column: str, row: str, spec: InputSpec) -> float:
    if not _is_number(cell) or not math.isfinite(float(cell)):
        raise DataError(
            f"{row}: column {column!r} holds {cell!r}, which is no number, and the input {spec.name!r} takes numbers: "
            f"mend it, or leave the row out",
            input=spec.name,
        )
    return float(cell)
