"""Samples as rows of a table whose columns hold texts, photos or sounds: a folder of files, or a CSV file."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.audio import SUFFIXES, load_sound, read_sound, shaped, sound_clip, sound_length
from edgekit.data.images import image_size, load_image, read_image, scale_pixels, thumbnail
from edgekit.data.npy import Rows, RowWriter
from edgekit.data.samples import Progress, shown_shape, told
from edgekit.errors import DataError, nearest
from edgekit.system.digests import Digest, file_digest, value_digest

if TYPE_CHECKING:
    from edgekit.data.targets import Targets

PREPARED_LIMIT = 4 << 30
"""Bytes of decoded photos or sounds that are kept on disk for reuse; beyond that they are decoded again each time."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: texts, or paths of files."""

    cells: tuple[str, ...]
    files: bool

    def path(self, row: int) -> Path:
        """Return the path in a row."""
        return Path(self.cells[row])

    def take(self, indices: Sequence[int]) -> Column:
        """Return some of the rows."""
        return replace(self, cells=tuple(self.cells[index] for index in indices))

    def content(self, row: int) -> str:
        """Return what tells two cells apart: a text itself, a file's digest."""
        return content_digest(self.path(row)) if self.files else self.cells[row]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Decoded photos, uint8 ``[n, height, width, 3]``, or sounds, float32 ``[n, samples]``; the row of each sample."""

    rows: Rows
    order: tuple[int, ...]


def _how(spec: InputSpec) -> tuple[Any, ...]:
    """Return what decides how the media of an input are decoded, fitted and resampled."""
    return (
        spec.name, spec.kind, spec.shape[1:3], spec.size, spec.crop, spec.resize, spec.antialias, spec.sample_rate,
        spec.resample, spec.fit,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TableSamples:
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
        if spec.kind == "text":
            return _texts(self._column(spec, contract).cells[start:stop], spec)
        media = self._media(spec, start, stop, contract)
        return scale_pixels(media, spec) if spec.kind == "image" else shaped(media, spec)

    def _media(self, spec: InputSpec, start: int, stop: int, contract: Contract) -> NDArray[Any]:
        """Return photos, resized but not scaled, or sounds."""
        found = self.prepared.get(_how(spec))
        if found is not None:
            return np.concatenate([found.rows.read(row, row + 1) for row in found.order[start:stop]])
        column = self._column(spec, contract)
        return np.stack([_decoded(column.path(row), spec) for row in range(start, stop)])

    def _column(self, spec: InputSpec, contract: Contract) -> Column:
        """Return the column of an input: of its name, or the only one there is for the only input."""
        if len(self.columns) == 1 == len(contract.inputs):
            column = next(iter(self.columns.values()))
        else:
            found = [name for name in (spec.name, spec.key) if name in self.columns]
            if not found:
                there = ", ".join(name or "files" for name in self.columns)
                raise DataError(
                    f"no column for input {spec.name!r}{nearest(spec.name, self.columns)} (the data has: {there}; the "
                    f"model takes {', '.join(f'{s.name} ({s.kind})' for s in contract.inputs)})"
                )
            column = self.columns[found[0]]
        there = _kind_of(column)
        if there != spec.kind:
            takes = f"{spec.name} {spec.dtype} {shown_shape(spec.shape)}, which is {spec.kind}"
            has = f"{_WHAT[there]}, {_SHAPES[there]} ({column.cells[0][:60]!r})"
            raise DataError(f"{_WHAT[there]} do not fit: the model takes {takes}; the data is {has}: {_advice(spec)}")
        return column

    def take(self, indices: Sequence[int]) -> TableSamples:
        """Return some of the samples."""
        return TableSamples(
            columns={name: column.take(indices) for name, column in self.columns.items()},
            names=tuple(self.names[i] for i in indices),
            labels=None if self.labels is None else tuple(self.labels[i] for i in indices),
            classes=self.classes,
            targets=None if self.targets is None else self.targets.take(indices),
            prepared={
                how: replace(each, order=tuple(each.order[i] for i in indices)) for how, each in self.prepared.items()
            },
        )

    def picture(self, index: int) -> str | None:
        """Return a thumbnail of the first photo in a row."""
        for column in self.columns.values():
            if column.files and not is_sound(column.path(index)):
                return thumbnail(read_image(column.path(index)))
        return None

    def text(self, index: int) -> str | None:
        """Return the texts in a row."""
        return "\n".join(column.cells[index] for column in self.columns.values() if not column.files) or None

    def sound(self, index: int) -> str | None:
        """Return the beginning of the first sound in a row."""
        for column in self.columns.values():
            if column.files and is_sound(column.path(index)):
                return sound_clip(column.path(index))
        return None

    def content(self, index: int) -> tuple[str, ...]:
        """Return what tells two rows apart: their texts and the digests of their files."""
        return tuple(column.content(index) for column in self.columns.values())

    def digest(self) -> Digest:
        """Return a digest of contents, names and labels."""
        contents = {name: [c.content(row) for row in range(len(self))] for name, c in self.columns.items()}
        return value_digest([contents, self.names, self.labels, self.classes, *told(self.targets)])


@functools.cache
def content_digest(path: Path) -> Digest:
    """Return a file's digest; read once, as data does not change while a command runs."""
    return file_digest(path)


def is_sound(path: Path) -> bool:
    """Whether a file is taken for a sound, by its suffix."""
    return path.suffix.lower() in SUFFIXES


_WHAT = {"image": "photos", "audio": "sounds", "text": "texts"}
_SHAPES = {"image": "float32 [?, height, width, 3]", "audio": "float32 [?, samples]", "text": "string [?]"}


def _kind_of(column: Column) -> str:
    """Return the kind of input that a column is for, by its first cell."""
    if not column.files:
        return "text"
    return "audio" if is_sound(column.path(0)) else "image"


def _advice(spec: InputSpec) -> str:
    if spec.kind == "tensor":
        return (
            f'give an .npz file with an array for each input, or say what the model takes by kind = "image" (or '
            f'"audio") under [inputs.{spec.name}]'
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
            _ = read_sound(path) if is_sound(path) else read_image(path)


def _texts(cells: Sequence[str], spec: InputSpec) -> NDArray[Any]:
    made = np.empty(len(cells), object)
    made[:] = [cell.encode("utf-8") for cell in cells]
    return made.reshape(-1, *(1 for _ in spec.shape[1:]))


def _decoded(path: Path, spec: InputSpec) -> NDArray[Any]:
    return load_image(path, spec) if spec.kind == "image" else load_sound(path, spec)


def prepare(samples: TableSamples, contract: Contract, folder: Path, stem: str, progress: Progress) -> TableSamples:
    """Decode all photos and sounds once, into files in ``folder``; at most `PREPARED_LIMIT` bytes per input."""
    media = [spec for spec in contract.inputs if spec.kind in ("image", "audio") and _how(spec) not in samples.prepared]
    prepared = dict(samples.prepared)
    for place, spec in enumerate(media):
        one = (*image_size(spec), 3) if spec.kind == "image" else (sound_length(spec),)
        dtype = "uint8" if spec.kind == "image" else "float32"
        if int(np.prod((len(samples), *one), dtype=np.int64)) * np.dtype(dtype).itemsize > PREPARED_LIMIT:
            continue
        writer = RowWriter(folder / f"{stem}-{place}.npy", shape=(len(samples), *one), dtype=dtype)
        for row in range(len(samples)):
            writer.append(samples._media(spec, row, row + 1, contract))
            progress(place * len(samples) + row + 1, len(media) * len(samples))
        prepared[_how(spec)] = Prepared(rows=writer.close(), order=tuple(range(len(samples))))
    return replace(samples, prepared=prepared)
