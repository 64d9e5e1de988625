"""Targets: what is right for each sample where that is not one class, but several labels at once, or numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.errors import DataError, nearest

LABELS, VALUES = "labels", "values"
SEPARATOR = ";"
"""Between the labels of one sample in a CSV file."""
VALUE_COLUMN = "target"
"""The column of the number that is right; several are called ``target.NAME``."""
TARGET_ARRAYS = {"labels": LABELS, VALUE_COLUMN: VALUES}
"""Arrays that hold targets, and of which kind."""
SEVERAL = f"one of label, labels and {VALUE_COLUMN} says what is right, and there are several"
APPLIES = 0.5
"""The score from which on a label is said to apply."""


class Targets(Struct, frozen=True, kw_only=True):
    """What is right for each sample.

    Attributes:
        kind: `LABELS`, of which any number may apply, or `VALUES`.
        names: Of the labels, or of the values.
        rows: Per sample and name: 1.0 where a label applies, else 0.0; or the value.
    """

    kind: str
    names: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.rows)

    def take(self, indices: Sequence[int]) -> Targets:
        """Return those of some of the samples."""
        return replace(self, rows=tuple(self.rows[index] for index in indices))

    def array(self, start: int = 0, stop: int | None = None) -> NDArray[np.float64]:
        """Return them as ``[stop - start, names]``."""
        return np.array(self.rows[start:stop], np.float64).reshape(-1, len(self.names))

    def in_order(self, names: tuple[str, ...]) -> Targets:
        """Return them in the order of a model's names; a label that the data never has applies to no sample.

        Raises:
            DataError: The model has not all of them, or a value is missing.
        """
        unknown = next((name for name in self.names if name not in names), None)
        if unknown is not None:
            what = "label" if self.kind == LABELS else "target"
            raise DataError(
                f"the model has no {what} {unknown!r}{nearest(unknown, names)} (it has: {', '.join(names)})"
            )
        missing = next((name for name in names if name not in self.names), None)
        if missing is not None and self.kind == VALUES:
            raise DataError(f"the data has no target {missing!r}{nearest(missing, self.names)}, which the model says")
        columns = [self.names.index(name) if name in self.names else None for name in names]
        return replace(self, names=names, rows=tuple(_reordered(row, columns) for row in self.rows))


def _reordered(row: tuple[float, ...], columns: Sequence[int | None]) -> tuple[float, ...]:
    """Return the numbers of a row by column; that of no column is 0, as of a label that does not apply."""
    return tuple(0.0 if column is None else row[column] for column in columns)


def named_targets(arrays: Mapping[str, NDArray[np.generic]], *, labelled: bool, where: str) -> Targets | None:
    """Return what arrays by names of `TARGET_ARRAYS` say; None: there is none.

    Args:
        arrays: Those of these names that there are.
        labelled: Whether there is an array ``label`` too, of one class for each sample.
        where: What holds them, for messages.

    Raises:
        DataError: Several say what is right, or the one makes no sense.
    """
    if len(arrays) + labelled > 1:
        raise DataError(f"{where}: {SEVERAL}")
    return next((array_targets(TARGET_ARRAYS[name], array) for name, array in arrays.items()), None)


def label_targets(cells: Sequence[str]) -> Targets:
    """Read cells of labels, apart by `SEPARATOR`; an empty cell is a sample to which none applies.

    Raises:
        DataError: There is no label at all.
    """
    labels = [_labels(cell) for cell in cells]
    names = tuple(sorted(set().union(*labels)))
    if not names:
        raise DataError("the column labels holds no label")
    return Targets(kind=LABELS, names=names, rows=tuple(_applies(row, names) for row in labels))


def _labels(cell: str) -> set[str]:
    names = (name.strip() for name in cell.split(SEPARATOR))
    return {name for name in names if name}


def _applies(labels: set[str], names: Sequence[str]) -> tuple[float, ...]:
    return tuple(float(name in labels) for name in names)


def value_targets(columns: dict[str, Sequence[str]]) -> Targets:
    """Read columns of numbers, by the values' names.

    Raises:
        DataError: A cell is no finite number.
    """
    values = []
    for name, cells in columns.items():
        for row, cell in enumerate(cells, 2):  # the header is the first
            if not _is_number(cell):
                raise DataError(f"row {row}, column {name!r}: {cell[:40]!r} is no number")
        values.append([float(cell) for cell in cells])
    return Targets(kind=VALUES, names=tuple(columns), rows=tuple(zip(*values, strict=True)))


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _not_finite(array: NDArray[np.generic]) -> int | None:
    """Return the first row with what is not finite; None: there is none, or it holds no numbers."""
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2):
        return None
    rows = np.flatnonzero(~np.isfinite(array.astype(np.float64)).reshape(len(array), -1).all(1))
    return int(rows[0]) if len(rows) else None


def array_targets(kind: str, array: NDArray[np.generic]) -> Targets:
    """Read an array ``[n]`` or ``[n, names]``; what it is about has no names but its numbers.

    Raises:
        DataError: It has another shape, or holds what is no number, or for labels other than 0 and 1.
    """
    if array.ndim not in (1, 2) or array.dtype.kind not in "biuf" or not np.isfinite(array.astype(np.float64)).all():
        bad = _not_finite(array)
        what = f"row {bad} is not finite" if bad is not None else f"it is {array.dtype} {list(array.shape)}"
        raise DataError(f"the array of {kind} holds finite numbers [n] or [n, names]: {what}")
    if kind == LABELS and (array.ndim != 2 or not np.isin(array, (0, 1)).all()):
        raise DataError(
            f"labels are [n, names], 1 where one applies and 0 where not, and this is {list(array.shape)} of "
            f"{array.min()} to {array.max()}; one class for each sample is called label"
        )
    wide = array.reshape(len(array), -1).astype(np.float64)
    names = tuple(str(index) for index in range(wide.shape[1]))
    return Targets(kind=kind, names=names, rows=tuple(map(tuple, wide.tolist())))


def spreads(targets: Targets) -> tuple[float, ...]:
    """Return the standard deviation of each target.

    Raises:
        DataError: One does not vary.
    """
    deviations = targets.array().std(axis=0)
    if not deviations.all() or not np.isfinite(deviations).all():
        name = targets.names[int(deviations.argmin())]
        raise DataError(f"the target {name!r} does not vary, or varies beyond all bounds: nothing can be judged by it")
    return tuple(float(spread) for spread in deviations)
