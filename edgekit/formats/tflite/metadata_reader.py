"""What a TFLite file of another maker says of itself, in TFLite Metadata: ranges of pixels, rates of sounds, labels.

Tables and fields: metadata_schema.fbs of the TFLite Support library, and schema.fbs of TensorFlow Lite. Offsets in a
hostile file may lead anywhere; the flatbuffers library reads no byte outside it, and what makes no sense is an error.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.defaults import media_defaults
from edgekit.errors import ArtifactError
from edgekit.system.optional import require

NAME = b"TFLITE_METADATA"
IMAGE, AUDIO = 2, 4
"""Places in the union ContentProperties."""
NORMALIZATION, LABELS = 1, 2
"""Places in ProcessUnitOptions and AssociatedFileType."""
MOST_ENTRIES, MOST_BYTES = 64, 1 << 20
"""The longest vector of tables, and the largest file of labels, that is read."""


DAMAGE = (
    struct.error, IndexError, ValueError, TypeError, OverflowError, KeyError, EOFError, NotImplementedError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading nonsense raises."""


class Described(NamedTuple):
    """What is said of one input or output; None where it is not.

    Attributes:
        kind: ``image`` or ``audio``.
        mean: Of pixels 0..255, what is taken off each channel.
        std: What it is divided by then.
        sample_rate: In Hz.
        labels: Names of the classes.
    """

    kind: str | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    sample_rate: int | None = None
    labels: tuple[str, ...] | None = None


class Metadata(NamedTuple):
    """What a file says of its inputs and its outputs, in the order of the graph's."""

    inputs: tuple[Described, ...]
    outputs: tuple[Described, ...]


def read_metadata(file: Path) -> Metadata | None:
    """Return what a TFLite file says of itself in the public format; None: nothing.

    Raises:
        ArtifactError: Its metadata is damaged.
    """
    content = file.read_bytes()
    if NAME not in content:
        return None
    try:
        buffer = _metadata_of(content)
        if buffer is None:
            return None
        for graph in _root(buffer).tables(3):  # the first
            return Metadata(
                tuple(_described(each, file) for each in graph.tables(2)),
                tuple(_described(each, file) for each in graph.tables(3)),
            )
        return None
    except DAMAGE as error:
        raise ArtifactError(f"{file}: its metadata is damaged: {error}") from error


def described(contract: Contract, told: Metadata) -> Contract:
    """Return a contract of a bare file, its inputs and outputs in the graph's order, with what its metadata says.

    What it says of other numbers of inputs, outputs or classes than there are is left out. How photos are resized the
    format does not say.
    """
    inputs, outputs = contract.inputs, contract.outputs
    if len(told.inputs) == len(inputs):
        inputs = tuple(_input(spec, each) for spec, each in zip(inputs, told.inputs, strict=True))
    if len(told.outputs) == len(outputs):
        outputs = tuple(_output(spec, each) for spec, each in zip(outputs, told.outputs, strict=True))
    return replace(contract, inputs=inputs, outputs=outputs)


def _input(spec: InputSpec, told: Described) -> InputSpec:
    if told.kind == "audio" and len(spec.shape) == 2 and told.sample_rate is not None:
        return media_defaults(replace(spec, kind="audio", sample_rate=told.sample_rate))
    if told.kind != "image" or len(spec.shape) != 4:
        return spec
    spec = media_defaults(replace(spec, kind="image"))
    if not told.mean or spec.dtype == "uint8":
        return spec
    ends = [tuple((end - mean) / std for mean, std in zip(told.mean, told.std, strict=True)) for end in (0.0, 255.0)]
    if len(set(zip(*ends, strict=True))) == 1:  # all channels alike
        return replace(spec, range=(ends[0][0], ends[1][0]))
    return replace(spec, range=(0.0, 255.0), mean=told.mean, std=told.std)


def _output(spec: OutputSpec, told: Described) -> OutputSpec:
    fits = told.labels is not None and len(spec.shape) == 2 and spec.shape[1] == len(told.labels)
    return replace(spec, labels=told.labels) if fits else spec


def _described(tensor: _Table, file: Path) -> Described:
    content = tensor.table(3)
    kind = 0 if content is None else content.number("Uint8", 0)
    properties = None if content is None else content.table(1)
    rate = properties.number("Uint32", 0) if kind == AUDIO and properties is not None else 0
    mean, std = _normalization(tensor)
    return Described(
        kind={IMAGE: "image", AUDIO: "audio"}.get(kind), mean=mean, std=std, sample_rate=rate or None,
        labels=_labels(tensor, file),
    )  # fmt: skip


def _normalization(tensor: _Table) -> tuple[tuple[float, ...], tuple[float, ...]]:
    for unit in tensor.tables(4):
        options = unit.table(1)
        if unit.number("Uint8", 0) == NORMALIZATION and options is not None:
            mean, std = options.floats(0), options.floats(1)
            if len(mean) != len(std) or not all(std):
                raise ValueError(f"a mean of {len(mean)} channels, a deviation of {len(std)}, or of zero")
            return mean, std
    return (), ()


def _labels(tensor: _Table, file: Path) -> tuple[str, ...] | None:
    """Return the labels of the first file of them that is in no certain language, or of any."""
    files = [each for each in tensor.tables(6) if each.number("Int8", 2) == LABELS]
    chosen = next((each for each in files if not each.text(3)), files[0] if files else None)
    if chosen is None or not zipfile.is_zipfile(file):
        return None
    with zipfile.ZipFile(file) as archive:
        info = archive.getinfo(chosen.text(0))
        if info.file_size > MOST_BYTES:
            raise ValueError(f"labels of {info.file_size} bytes")
        return tuple(archive.read(info).decode("utf-8").splitlines())


def _metadata_of(content: bytes) -> bytes | None:
    model = _root(content)
    buffers = model.offsets(4)
    for entry in model.tables(6):
        if entry.text(0).encode() == NAME:
            return bytes(model.at(buffers[entry.number("Uint32", 1)]).raw(0))
    return None


def _root(content: bytes) -> _Table:
    flatbuffers = require("flatbuffers", asked="reading metadata", extra="litert")
    (start,) = struct.unpack_from("<I", content)
    return _Table(flatbuffers, flatbuffers.table.Table(bytearray(content), start))


class _Table:
    """A table of a flatbuffer, read by the numbers of its fields."""

    def __init__(self, package: Any, table: Any) -> None:
        self.package, self.inner = package, table

    def at(self, position: int) -> _Table:
        return _Table(self.package, self.package.table.Table(self.inner.Bytes, position))

    def _place(self, field: int) -> int:
        """Return where a field is; 0: it is not there."""
        offset = int(self.inner.Offset(4 + 2 * field))
        return offset and int(self.inner.Pos) + offset

    def number(self, kind: str, field: int) -> int:
        place = self._place(field)
        return int(self.inner.Get(getattr(self.package.number_types, f"{kind}Flags"), place)) if place else 0

    def text(self, field: int) -> str:
        place = self._place(field)
        return self.inner.String(place).decode("utf-8") if place else ""

    def table(self, field: int) -> _Table | None:
        place = self._place(field)
        return self.at(self.inner.Indirect(place)) if place else None

    def offsets(self, field: int) -> list[int]:
        """Return where the tables of a vector are."""
        return [int(self.inner.Indirect(place)) for place in self._vector(field, 4, most=1 << 20)]

    def tables(self, field: int) -> list[_Table]:
        return [self.at(int(self.inner.Indirect(place))) for place in self._vector(field, 4, most=MOST_ENTRIES)]

    def floats(self, field: int) -> tuple[float, ...]:
        flags = self.package.number_types.Float32Flags
        return tuple(float(self.inner.Get(flags, place)) for place in self._vector(field, 4, most=MOST_ENTRIES))

    def raw(self, field: int) -> bytes:
        places = self._vector(field, 1, most=len(self.inner.Bytes))
        return bytes(self.inner.Bytes[places.start : places.stop])

    def _vector(self, field: int, width: int, *, most: int) -> range:
        place = self._place(field)
        if not place:
            return range(0)
        offset = place - int(self.inner.Pos)
        count, start = int(self.inner.VectorLen(offset)), int(self.inner.Vector(offset))
        if count > most or start + width * count > len(self.inner.Bytes):
            raise ValueError(f"a vector of {count} entries")
        return range(start, start + width * count, width)
