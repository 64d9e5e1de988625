"""Data that is in memory, or that code yields, as samples: it is written to disk row by row, whatever its length.

It is known by what it can do, so that no library is imported to find out: a ``tf.data.Dataset``, a frame of pandas, a
dataset of Hugging Face, arrays, ``(x, y)``, a dict, a Keras sequence, or a function that gives a new iterator. What a
data set or a function yields is a batch, as Keras has it, or one sample, where the model tells that it is no batch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.arrays import ArraySamples, samples_of_rows
from edgekit.data.in_memory.spool import Spool
from edgekit.data.in_memory.truth import Truth, truth_of
from edgekit.data.npy import Rows
from edgekit.data.targets import TARGET_ARRAYS, named_targets
from edgekit.errors import DataError

LABEL = "label"
INFINITE = -1
"""What ``tf.data`` calls the cardinality of a data set that repeats for ever."""
_RIGHT = "y"
"""What is right, in a spool; no input is called so, since inputs are written under a prefix."""

Batches = Callable[[], Iterable[Any]]


def samples_in_memory(data: Any, contract: Contract | None = None) -> ArraySamples:
    """Make samples of data that is in memory, or of what a function yields.

    Args:
        data: See the module. A dict and a frame name the inputs, and say what is right under ``label``, ``labels`` or
            ``target``; arrays without names go to the inputs in their order.
        contract: What the model takes, which tells a batch from a sample, and which columns of a frame are one input.

    Raises:
        DataError: It is no data, yields nothing, has no end, or yields other shapes than it began with.
    """
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return _of_columns({str(name): np.asarray(data[name]) for name in data.columns}, contract)
    if hasattr(data, "column_names") and hasattr(data, "features"):
        return _of_columns({name: np.asarray(data[name]) for name in data.column_names}, contract)
    if isinstance(data, Mapping):
        return _of_columns({str(name): np.asarray(array) for name, array in data.items()}, contract)
    if isinstance(data, list) and contract is not None and len(data) == len(contract.inputs) > 1:
        data = (data,)  # an array for each input, as Keras has it
    return _of_batches(_batches(data), contract, batched=isinstance(data, tuple | list) or hasattr(data, "__array__"))


def _batches(data: Any) -> Batches:
    """Return a function that yields what data consists of: ``x``, ``(x, y)`` or ``(x, y, weight)``."""
    if hasattr(data, "as_numpy_iterator"):
        if hasattr(data, "cardinality") and int(data.cardinality()) == INFINITE:
            raise DataError("the data set repeats for ever: take a number of its batches, by .take(n)")
        return lambda: data
    if isinstance(data, list):
        return lambda: [_as_array(data)]
    if isinstance(data, tuple) or hasattr(data, "__array__"):
        return lambda: [data]
    if hasattr(data, "__next__"):
        raise DataError("a generator cannot start again: give the function that makes it, and do not call it")
    if callable(data):
        function: Batches = data
        return function
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return lambda: (data[index] for index in range(len(data)))
    raise DataError(
        f"an object of class {type(data).__name__!r} is no data: give a path, arrays, (x, y), a dict by input name, a "
        f"tf.data.Dataset, a frame, or a function that gives an iterator"
    )


def _as_array(samples: list[Any]) -> NDArray[Any]:
    try:
        return np.asarray(samples)
    except ValueError as error:
        raise DataError(f"a list of samples of different shapes is no array: {error}; resize or pad them") from error


def _of_batches(batches: Batches, contract: Contract | None, *, batched: bool) -> ArraySamples:
    scratch = tempfile.TemporaryDirectory(prefix="edgekit-")
    spool = Spool(Path(scratch.name))
    for element in batches():
        x, y = _parts(element)
        arrays = _named(x)
        single = not batched and _is_one_sample(arrays, contract)
        for name, array in arrays.items():
            spool.append(f"x{name}", array[None] if single else array)
        if y is not None:
            spool.append(_RIGHT, np.asarray(y)[None] if single else _right(y))
    rows = spool.close()
    if not rows:
        raise DataError("the data yields nothing: is it a data set or generator that was read to its end before?")
    right = rows.pop(_RIGHT, None)
    truth = Truth() if right is None else truth_of(right.read(0, len(right)), contract)
    return _samples({name.removeprefix("x"): array for name, array in rows.items()}, truth, scratch)


def _samples(rows: Mapping[str, Rows], truth: Truth, scratch: tempfile.TemporaryDirectory[str]) -> ArraySamples:
    return samples_of_rows(rows, labels=truth.labels, classes=truth.classes, targets=truth.targets, scratch=scratch)


def _parts(element: Any) -> tuple[Any, Any]:
    """Return inputs and what is right of an element, as Keras reads it; None: nothing is said to be right."""
    if not isinstance(element, tuple):
        return element, None
    if len(element) not in (1, 2, 3):
        raise DataError(f"the data yields tuples of {len(element)}: x, (x, y) or (x, y, weights) is what is read")
    return element[0], element[1] if len(element) > 1 else None


def _named(x: Any) -> dict[str, NDArray[Any]]:
    """Return inputs by name; those without one by their place, or by an empty name where there is only one."""
    if isinstance(x, Mapping):
        return {str(name): np.asarray(array) for name, array in x.items()}
    if isinstance(x, list | tuple):
        return {str(place): np.asarray(array) for place, array in enumerate(x)}
    return {"": np.asarray(x)}


def _right(y: Any) -> NDArray[Any]:
    if isinstance(y, Mapping | list | tuple) and len(y) == 1:
        (y,) = y.values() if isinstance(y, Mapping) else y
    if isinstance(y, Mapping) or (isinstance(y, list | tuple) and any(np.ndim(entry) for entry in y)):
        raise DataError("the data says what is right for several outputs: give that of one, whose drop is to be judged")
    return np.asarray(y)


def _is_one_sample(arrays: Mapping[str, NDArray[Any]], contract: Contract | None) -> bool:
    """Whether arrays are those of one sample: each has one axis less than the input that it is for."""
    if contract is None:
        return False
    inputs = {name: input_for(name, contract) for name in arrays}
    return all(spec is not None and arrays[name].ndim == len(spec.shape) - 1 for name, spec in inputs.items())


def input_for(name: str, contract: Contract) -> InputSpec | None:
    """Return the input that an array is for: by its name, or the place that is its name; None: there is none."""
    for place, spec in enumerate(contract.inputs):
        if name in (spec.name, spec.key, str(place)) or (name == "" and place == 0):
            return spec
    return None


def _of_columns(columns: dict[str, NDArray[Any]], contract: Contract | None) -> ArraySamples:
    """Make samples of named arrays, of which some may say what is right, and some be one input together."""
    label = columns.pop(LABEL, None)
    rights = {name: columns.pop(name) for name in TARGET_ARRAYS if name in columns}
    targets = named_targets(rights, labelled=label is not None, where="the data")
    truth = Truth(targets=targets) if label is None else _of_label(label)
    scratch = tempfile.TemporaryDirectory(prefix="edgekit-")
    spool = Spool(Path(scratch.name))
    for name, array in _joined(columns, contract).items():
        spool.append(name, array)
    return _samples(spool.close(), truth, scratch)


def _of_label(label: NDArray[Any]) -> Truth:
    """Return what an array of that name says: one class for each sample."""
    whole = label.dtype.kind == "f" and bool((label == np.floor(label)).all())
    truth = truth_of(label.astype(np.int64) if whole or label.dtype.kind == "b" else label)
    if truth.labels is None:
        raise DataError(
            f"{LABEL} holds {label.dtype} {list(label.shape)}, which is no class for each sample: several labels at "
            f"once are called labels, numbers target"
        )
    return truth


def _joined(columns: Mapping[str, NDArray[Any]], contract: Contract | None) -> Mapping[str, NDArray[Any]]:
    """Return columns of numbers as the one input that has as many, where none of them has its name."""
    if contract is None or len(contract.inputs) != 1:
        return columns
    (spec,) = contract.inputs
    is_named = spec.name in columns or spec.key in columns
    if is_named or len(spec.shape) != 2 or any(column.ndim != 1 for column in columns.values()):
        return columns
    for name, column in columns.items():
        if column.dtype.kind not in "biuf":
            raise DataError(
                f"the column {name!r} holds {column[:1].tolist()}, and the input {spec.name!r} takes numbers: leave it "
                f"out, or make numbers of it as the model was trained on",
                input=spec.name,
            )
    if spec.shape[1] not in (None, len(columns)):
        raise DataError(
            f"the data has {len(columns)} columns of numbers ({', '.join(columns)}), and the input {spec.name!r} takes "
            f"{spec.shape[1]}",
            input=spec.name,
        )
    return {spec.name: np.stack([column.astype(spec.dtype) for column in columns.values()], axis=1)}
