"""Samples as arrays: in memory, or in an ``.npz`` file."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import Preview, all_media, medium_of
from edgekit.contract.shape import Shape, shown_shape
from edgekit.data.npy import Rows, as_bytes, common_length, open_npz, save_rows
from edgekit.data.samples import digest_values
from edgekit.data.targets import TARGET_ARRAYS, Targets, named_targets
from edgekit.errors import DataError, nearest
from edgekit.system.digests import Digest, bytes_digest, file_digest, value_digest


class ArraySamples(Struct, frozen=True, kw_only=True):
    """Arrays, one per input, samples on the first axis.

    Raw samples, such as photos in uint8 ``[n, height, width, 3]``, are prepared as those in files are; every other
    array is taken as it is, and has to have the shape and dtype that the model takes.
    """

    rows: Mapping[str, Rows]
    indices: tuple[int, ...]
    names: tuple[str, ...]
    labels: tuple[int, ...] | None = None
    classes: tuple[str, ...] | None = None
    targets: Targets | None = None
    scratch: tempfile.TemporaryDirectory[str] | None = None

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.indices)

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross processes without the scratch folder, which stays with the process that made it."""
        return functools.partial(ArraySamples, **{**structs.asdict(self), "scratch": None}), ()

    def read(self, start: int, stop: int, contract: Contract) -> dict[str, NDArray[Any]]:
        """Return rows of each input, checked against the contract."""
        return {spec.name: self._input(spec, start, stop) for spec in contract.inputs}

    def _input(self, spec: InputSpec, start: int, stop: int) -> NDArray[Any]:
        array = _gather(self._rows_of(spec), self.indices[start:stop])
        if spec.dtype == "string":
            if array.dtype.kind not in "SU" or not fits(array.shape, spec.shape):
                raise DataError(f"array {spec.name!r} is {array.dtype} {list(array.shape)}, the model takes strings")
            return as_bytes(array).astype(object)
        medium = medium_of(spec)
        if medium.is_raw(array.dtype, array.shape):
            return medium.of_raw(array, spec)
        if not fits(array.shape, spec.shape) or not np.can_cast(array.dtype, spec.dtype, "same_kind"):
            raise DataError(
                f"array {spec.name!r} is {array.dtype} {shown_shape((None, *array.shape[1:]))}, "
                f"the model takes {spec.dtype} {shown_shape(spec.shape)}"
            )
        return array.astype(spec.dtype, copy=False)

    def row(self, index: int, spec: InputSpec) -> NDArray[Any]:
        """Return the raw array of a sample for an input, a batch of one, as it was given."""
        return _gather(self._rows_of(spec), [self.indices[index]])

    def _rows_of(self, spec: InputSpec) -> Rows:
        for name in (spec.name, spec.key):
            if name in self.rows:
                return self.rows[name]
        raise DataError(
            f"no array for input {spec.name!r}{nearest(spec.name, self.rows)} (the data has: {', '.join(self.rows)})"
        )

    def take(self, indices: Sequence[int]) -> ArraySamples:
        """Return some of the samples."""
        return structs.replace(
            self,
            indices=tuple(self.indices[i] for i in indices),
            names=tuple(self.names[i] for i in indices),
            labels=None if self.labels is None else tuple(self.labels[i] for i in indices),
            targets=None if self.targets is None else self.targets.take(indices),
        )

    def preview(self, index: int, contract: Contract) -> Preview:
        """Return what a report shows of a row: the first array of raw samples of some medium, and all strings."""
        del contract  # an array's dtype and shape say what it holds
        row = self.indices[index]
        texts: list[str] = []
        preview = Preview()
        for rows in self.rows.values():
            if np.dtype(rows.dtype).kind == "S":
                texts += [text.decode("utf-8", "replace") for text in rows.read(row, row + 1).reshape(-1).tolist()]
            media = [medium for medium in all_media() if medium.is_raw(np.dtype(rows.dtype), rows.shape)]
            if media and preview == Preview():
                preview = media[0].raw_preview(rows.read(row, row + 1)[0])
        return preview._replace(text="\n".join(texts) or None)

    def content(self, index: int) -> tuple[str, ...]:
        """Return the digest of a row's arrays."""
        row = self.indices[index]
        return tuple(bytes_digest(rows.read(row, row + 1).tobytes()) for rows in self.rows.values())

    def digest(self) -> Digest:
        """Return a digest of the arrays, the choice of rows, and the labels."""
        contents = {name: [_file_digest(rows.path), rows.offset, list(rows.shape)] for name, rows in self.rows.items()}
        return value_digest(
            [contents, self.indices, self.names, self.labels, self.classes, *digest_values(self.targets)]
        )


@functools.cache
def _file_digest(path: Path) -> Digest:
    """Return a file's digest; read once, as data does not change while a command runs."""
    return file_digest(path)


def _gather(rows: Rows, indices: Sequence[int]) -> NDArray[Any]:
    first, count = next(iter(indices), 0), len(indices)
    if list(indices) == list(range(first, first + count)):
        return rows.read(first, first + count)
    return np.concatenate([rows.read(index, index + 1) for index in indices])


def fits(shape: tuple[int, ...], spec: Shape) -> bool:
    """Whether an array of ``shape`` fits ``spec``, whatever its batch."""
    return len(shape) == len(spec) and all(
        expected in (None, size) for size, expected in zip(shape[1:], spec[1:], strict=True)
    )


def array_samples(
    arrays: Mapping[str, Any],
    *,
    labels: Sequence[int] | None = None,
    classes: tuple[str, ...] | None = None,
    targets: Targets | None = None,
) -> ArraySamples:
    """Make samples of arrays in memory; they are kept in a temporary folder, so that child processes can read them."""
    scratch = tempfile.TemporaryDirectory(prefix="edgekit-")
    rows = {
        name: save_rows(Path(scratch.name) / f"{number}.npy", as_bytes(np.asarray(array)))
        for number, (name, array) in enumerate(arrays.items())
    }
    return samples_of_rows(rows, labels=labels, classes=classes, targets=targets, scratch=scratch)


def npz_samples(path: Path) -> ArraySamples:
    """Open an ``.npz`` file: one array per input, and what is right.

    That is ``label`` (integers, one class each), ``labels`` (0 or 1 ``[n, names]``) or ``target`` (numbers ``[n]`` or
    ``[n, names]``).

    Raises:
        DataError: It cannot be read, or the arrays differ in length.
    """
    scratch = tempfile.TemporaryDirectory(prefix="edgekit-")
    rows = open_npz(path, scratch=Path(scratch.name))
    labels = rows.pop("label", None)
    if labels is not None and (len(labels.shape) != 1 or np.dtype(labels.dtype).kind not in "iu"):
        raise DataError(f"{path}: 'label' has to hold one integer per sample")
    targets = {name: rows.pop(name) for name in TARGET_ARRAYS if name in rows}
    arrays = {name: target.read(0, len(target)) for name, target in targets.items()}
    return samples_of_rows(
        rows,
        labels=None if labels is None else labels.read(0, len(labels)).tolist(),
        targets=named_targets(arrays, labelled=labels is not None, where=str(path)),
        scratch=scratch,
    )


def samples_of_rows(
    rows: Mapping[str, Rows],
    *,
    labels: Sequence[int] | None,
    scratch: tempfile.TemporaryDirectory[str],
    classes: tuple[str, ...] | None = None,
    targets: Targets | None = None,
) -> ArraySamples:
    """Make samples of arrays on disk; the scratch folder that they lie in goes with the samples.

    Raises:
        DataError: They differ in length.
    """
    count = common_length(list(rows.values()), list(rows))
    for right in (labels, targets):
        if right is not None and len(right) != count:
            raise DataError(f"{len(right)} labels for {count} samples")
    return ArraySamples(
        rows=rows,
        indices=tuple(range(count)),
        names=tuple(f"row {index}" for index in range(count)),
        labels=None if labels is None else tuple(int(label) for label in labels),
        classes=classes,
        targets=targets,
        scratch=scratch,
    )
