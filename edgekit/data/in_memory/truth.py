"""What is right, as arrays say it: one class each, several labels at once, or numbers, told by dtype and values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import Contract
from edgekit.data.targets import LABELS, VALUES, Targets, array_targets


class Truth(NamedTuple):
    """What is right for each sample; all None: nobody says it.

    Attributes:
        labels: The number of its class.
        classes: Names of the classes, where the labels are names.
        targets: What is right where that is not one class.
    """

    labels: tuple[int, ...] | None = None
    classes: tuple[str, ...] | None = None
    targets: Targets | None = None


def truth_of(array: NDArray[Any], contract: Contract | None = None) -> Truth:
    """Return what an array ``[n]`` or ``[n, size]`` says, as Keras' losses read it.

    Integers ``[n]`` are classes, and so are texts; rows with a single 1 among zeros are one class each; other rows of 0
    and 1 are labels; other numbers are values.

    Args:
        array: The array.
        contract: What the model gives: where its output is one of classes, whole numbers in floats are classes too.

    Raises:
        DataError: The values make no sense.
    """
    column = array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 else array
    if column.dtype.kind in "OSU":
        return _of_names(column)
    classifies = contract is not None and contract.classifier is not None
    if column.ndim == 1 and (column.dtype.kind in "iu" or (classifies and bool((column == np.floor(column)).all()))):
        return Truth(labels=tuple(int(label) for label in column))
    binary = column.ndim == 2 and bool(np.isin(column, (0, 1)).all())
    if binary and bool((column.sum(1) == 1).all()):
        return Truth(labels=tuple(int(label) for label in column.argmax(1)))
    return Truth(targets=array_targets(LABELS if binary else VALUES, column.astype(np.float64)))


def _of_names(column: NDArray[Any]) -> Truth:
    names = [name.decode("utf-8") if isinstance(name, bytes) else str(name) for name in column.reshape(-1).tolist()]
    classes = tuple(sorted(set(names)))
    numbers = {name: number for number, name in enumerate(classes)}
    return Truth(labels=tuple(numbers[name] for name in names), classes=classes)
