"""Samples as rows of a table whose columns hold texts or files of media: a folder of files, or a CSV file."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, field, structs
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import (
    ARRAYS,
    FILES,
    TEXTS,
    Medium,
    Preview,
    all_media,
    medium_of,
    medium_of_file,
    takes_file,
)
from edgekit.contract.shape import shown_shape
from edgekit.data.npy import Rows, RowWriter
from edgekit.data.number_columns import number_columns
from edgekit.data.samples import Progress, digest_values
from edgekit.errors import DataError, nearest
from edgekit.system.digests import Digest, file_digest, value_digest

if TYPE_CHECKING:
    from edgekit.data.targets import Targets

PREPARED_LIMIT = 4 << 30
"""Bytes of decoded files that are kept on disk for reuse; beyond that they are decoded again each time."""


class Column(Struct, frozen=True, kw_only=True):
    """One column: texts, or paths of files."""

    cells: tuple[str, ...]
    files: bool

    def path(self, row: int) -> Path:
        """Return the path in a row."""
        return Path(self.cells[row])

    def take(self, indices: Sequence[int]) -> Column:
        """Return some of the rows."""
        return structs.replace(self, cells=tuple(self.cells[index] for index in indices))

    def content(self, row: int) -> str:
        """Return what tells two cells apart: a text itself, a file's digest."""
        return content_digest(self.path(row)) if self.files else self.cells[row]

    def contents(self) -> list[str]:
        """Return the contents of all rows."""
        return [self.content(row) for row in range(len(self.cells))]


class Prepared(Struct, frozen=True, kw_only=True):
    """Decoded files ``[n, ...]``, such as photos, uint8 ``[n, height, width, 3]``; the row of each sample."""

    rows: Rows
    order: tuple[int, ...]

    def take(self, indices: Sequence[int]) -> Prepared:
        """Return some of the samples."""
        return structs.replace(self, order=tuple(self.order[index] for index in indices))


def _preparation(spec: InputSpec) -> tuple[Any, ...]:
    """Return what decides how the files of an input are decoded and fitted."""
    settings = tuple(getattr(spec.medium, name) for name in medium_of(spec).prepared_by)
    return spec.name, spec.kind, spec.shape[1:], settings


class TableSamples(Struct, frozen=True, kw_only=True):
    """Samples in rows.

    Attributes:
        columns: By name; the one column of a folder has the name "".
        prepared: What `prepare` decoded, by what decides how it comes out.
    """

    columns: Mapping[str, Column]
    names: tuple[str, ...]
    labels: tuple[int, ...] | None = None
    classes: tuple[str, ...] | None = None
    targets: Targets | None = None
    prepared: Mapping[tuple[Any, ...], Prepared] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.names)

    def read(self, start: int, stop: int, contract: Contract) -> dict[str, NDArray[Any]]:
        """Return rows as the model takes them, per input ``[stop - start, ...]``."""
        return {spec.name: self._input(spec, start, stop, contract) for spec in contract.inputs}

    def _input(self, spec: InputSpec, start: int, stop: int, contract: Contract) -> NDArray[Any]:
        medium = medium_of(spec)
        if medium.source == TEXTS:
            return medium.of_texts(self._column(spec, contract).cells[start:stop], spec)
        if medium.source == ARRAYS:
            texts = {name: column.cells for name, column in self.columns.items() if not column.files}
            others = [name for other in contract.inputs if other is not spec for name in (other.name, other.key)]
            numbers = number_columns(spec, texts, others)
            if numbers is not None:
                return numbers.read(start, stop, self.names)
        return medium.finish(self._decoded(spec, start, stop, contract), spec)

    def _decoded(self, spec: InputSpec, start: int, stop: int, contract: Contract) -> NDArray[Any]:
        """Return what the medium loads of files, which `Medium.finish` has still to finish."""
        prepared = self.prepared.get(_preparation(spec))
        if prepared is not None:
            return np.concatenate([prepared.rows.read(row, row + 1) for row in prepared.order[start:stop]])
        column = self._column(spec, contract)
        return np.stack([medium_of(spec).load(column.path(row), spec) for row in range(start, stop)])

    def _column(self, spec: InputSpec, contract: Contract) -> Column:
        """Return the column of an input: of its name, or the only one there is for the only input."""
        column = self._column_named(spec, contract)
        if column is None:
            names = ", ".join(name or "files" for name in self.columns)
            raise DataError(
                f"no column for input {spec.name!r}{nearest(spec.name, self.columns)} (the data has: {names}; the "
                f"model takes {', '.join(f'{s.name} ({s.kind})' for s in contract.inputs)})"
            )
        if not _holds(column, spec):
            medium = medium_of_file(column.path(0)) if column.files else _text_medium()
            takes = f"{spec.name} {spec.dtype} {shown_shape(spec.shape)}, which is {spec.kind}"
            has = f"{medium.plural}, {medium.tensor} ({column.cells[0][:60]!r})"
            raise DataError(f"{medium.plural} do not fit: the model takes {takes}; the data is {has}: {_advice(spec)}")
        return column

    def _column_named(self, spec: InputSpec, contract: Contract) -> Column | None:
        if len(self.columns) == 1 == len(contract.inputs):
            return next(iter(self.columns.values()))
        return self.columns.get(spec.name, self.columns.get(spec.key))

    def take(self, indices: Sequence[int]) -> TableSamples:
        """Return some of the samples."""
        return TableSamples(
            columns={name: column.take(indices) for name, column in self.columns.items()},
            names=tuple(self.names[i] for i in indices),
            labels=None if self.labels is None else tuple(self.labels[i] for i in indices),
            classes=self.classes,
            targets=None if self.targets is None else self.targets.take(indices),
            prepared={preparation: prepared.take(indices) for preparation, prepared in self.prepared.items()},
        )

    def preview(self, index: int, contract: Contract) -> Preview:
        """Return what a report shows of a row: the first picture and sound of its files, and all its texts."""
        texts = [column.cells[index] for column in self.columns.values() if not column.files]
        previews = [
            self._medium(column, contract).preview(column.path(index))
            for column in self.columns.values()
            if column.files
        ]
        return Preview(
            picture=next((preview.picture for preview in previews if preview.picture), None),
            text="\n".join(texts) or None,
            sound=next((preview.sound for preview in previews if preview.sound), None),
        )

    def _medium(self, column: Column, contract: Contract) -> Medium:
        """Return the medium of a column of files: that of its input, or what its suffix says."""
        for spec in contract.inputs:
            if self._column_named(spec, contract) is column and _holds(column, spec):
                return medium_of(spec)
        return medium_of_file(column.path(0))

    def content(self, index: int) -> tuple[str, ...]:
        """Return what tells two rows apart: their texts and the digests of their files."""
        return tuple(column.content(index) for column in self.columns.values())

    def digest(self) -> Digest:
        """Return a digest of contents, names and labels."""
        contents = {name: column.contents() for name, column in self.columns.items()}
        return value_digest([contents, self.names, self.labels, self.classes, *digest_values(self.targets)])


@functools.cache
def content_digest(path: Path) -> Digest:
    """Return a file's digest; read once, as data does not change while a command runs."""
    return file_digest(path)


def _holds(column: Column, spec: InputSpec) -> bool:
    """Whether a column holds raw samples of an input, by its first cell."""
    medium = medium_of(spec)
    if not column.files:
        return medium.source == TEXTS
    return medium.source == FILES and takes_file(medium, column.path(0))


def _text_medium() -> Medium:
    return next(medium for medium in all_media() if medium.source == TEXTS)


def _advice(spec: InputSpec) -> str:
    if medium_of(spec).source == ARRAYS:
        media = [medium for medium in all_media() if medium.source == FILES]
        first, *others = sorted(media, key=lambda medium: not medium.takes_unknown_files)
        alternatives = ", ".join(f'"{medium.kind}"' for medium in others)
        return (
            f"give an .npz file with an array for each input, or say what the model takes by "
            f'kind = "{first.kind}" (or {alternatives}) under [inputs.{spec.name}]'
        )
    return "choose a module for such data, or data that fits"


def check_files(samples: TableSamples, row: int) -> None:
    """Decode the files of a row.

    Raises:
        DataError: One is broken.
    """
    for column in samples.columns.values():
        if column.files:
            path = column.path(row)
            medium_of_file(path).check(path)


def prepare(samples: TableSamples, contract: Contract, folder: Path, stem: str, progress: Progress) -> TableSamples:
    """Decode all files once, into files in ``folder``; at most `PREPARED_LIMIT` bytes per input."""
    specs = [
        spec
        for spec in contract.inputs
        if medium_of(spec).source == FILES and _preparation(spec) not in samples.prepared
    ]
    prepared = dict(samples.prepared)
    for number, spec in enumerate(specs):
        shape, dtype = medium_of(spec).stored(spec)
        if int(np.prod((len(samples), *shape), dtype=np.int64)) * np.dtype(dtype).itemsize > PREPARED_LIMIT:
            continue
        writer = RowWriter(folder / f"{stem}-{number}.npy", shape=(len(samples), *shape), dtype=dtype)
        for row in range(len(samples)):
            writer.append(samples._decoded(spec, row, row + 1, contract))
            progress(number * len(samples) + row + 1, len(specs) * len(samples))
        prepared[_preparation(spec)] = Prepared(rows=writer.close(), order=tuple(range(len(samples))))
    return structs.replace(samples, prepared=prepared)
