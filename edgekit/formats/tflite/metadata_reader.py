"""What a TFLite file of another maker says of itself, in TFLite Metadata: ranges of pixels, rates of sounds, labels.

Tables and fields: metadata_schema.fbs. Offsets in a hostile file may lead anywhere; the flatbuffers library reads no
byte outside it, and what makes no sense is an error.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import all_media
from edgekit.contract.public_description import PublicDescription
from edgekit.errors import ArtifactError
from edgekit.system.optional import require

NAME = b"TFLITE_METADATA"
MOST_ENTRIES, MOST_BYTES = 64, 1 << 20
"""The longest vector of tables, and the largest file of labels, that is read."""


DAMAGE = (
    struct.error,
    IndexError,
    ValueError,
    TypeError,
    OverflowError,
    KeyError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading nonsense raises."""


class Described(NamedTuple):
    """What is said of one input or output; None where it is not.

    Attributes:
        medium: What an input is, and how it is prepared.
        labels: Names of the classes.
    """

    medium: PublicDescription = PublicDescription()
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
        model = _schema().ModelMetadata.GetRootAs(buffer)
        if not model.SubgraphMetadataLength():
            return None
        graph = model.SubgraphMetadata(0)
        inputs = _entries(graph.InputTensorMetadataLength(), graph.InputTensorMetadata)
        outputs = _entries(graph.OutputTensorMetadataLength(), graph.OutputTensorMetadata)
        return Metadata(
            tuple(_described(tensor, file) for tensor in inputs), tuple(_described(tensor, file) for tensor in outputs)
        )
    except DAMAGE as error:
        raise ArtifactError(f"{file}: its metadata is damaged: {error}") from error


def described(contract: Contract, metadata: Metadata) -> Contract:
    """Return a contract of a bare file, its inputs and outputs in the graph's order, with what its metadata says.

    What it says of other numbers of inputs, outputs or classes than there are is left out. How photos are resized the
    format does not say.
    """
    inputs, outputs = contract.inputs, contract.outputs
    if len(metadata.inputs) == len(inputs):
        inputs = tuple(_input(spec, tensor) for spec, tensor in zip(inputs, metadata.inputs, strict=True))
    if len(metadata.outputs) == len(outputs):
        outputs = tuple(_output(spec, tensor) for spec, tensor in zip(outputs, metadata.outputs, strict=True))
    return replace(contract, inputs=inputs, outputs=outputs)


def _input(spec: InputSpec, description: Described) -> InputSpec:
    inputs = (medium.described(spec, description.medium) for medium in all_media())
    return next((described for described in inputs if described is not None), spec)


def _output(spec: OutputSpec, tensor: Described) -> OutputSpec:
    fits = tensor.labels is not None and len(spec.shape) == 2 and spec.shape[1] == len(tensor.labels)
    return replace(spec, labels=tensor.labels) if fits else spec


def _schema() -> ModuleType:
    name = "edgekit.formats.tflite.metadata_schema_generated"  # it imports flatbuffers, which an extra brings
    return require(name, asked="reading metadata", extra="litert")


def _entries(count: int, entry: Callable[[int], Any]) -> list[Any]:
    """Return all entries of a vector; a count that no sane file has is damage, and would take hours to read."""
    if count > MOST_ENTRIES:
        raise ValueError(f"a vector of {count} entries")
    return [entry(index) for index in range(count)]


def _union(table: type, member: Any) -> Any:
    """Return a member of a union, which the generated code knows as bytes and a position, as its table."""
    typed = table()
    typed.Init(member.Bytes, member.Pos)
    return typed


def _described(tensor: Any, file: Path) -> Described:
    schema, content = _schema(), tensor.Content()
    kinds = {schema.ContentProperties.ImageProperties: "image", schema.ContentProperties.AudioProperties: "audio"}
    kind = None if content is None else kinds.get(content.ContentPropertiesType())
    rate = 0
    if kind == "audio" and content.ContentProperties() is not None:
        rate = _union(schema.AudioProperties, content.ContentProperties()).SampleRate()
    mean, std = _normalization(tensor)
    medium = PublicDescription(content=kind, mean=mean, std=std, sample_rate=rate or None)
    return Described(medium=medium, labels=_labels(tensor, file))


def _normalization(tensor: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    schema = _schema()
    for unit in _entries(tensor.ProcessUnitsLength(), tensor.ProcessUnits):
        member = unit.Options()
        if unit.OptionsType() == schema.ProcessUnitOptions.NormalizationOptions and member is not None:
            options = _union(schema.NormalizationOptions, member)
            mean = tuple(_entries(options.MeanLength(), options.Mean))
            std = tuple(_entries(options.StdLength(), options.Std))
            if len(mean) != len(std) or not all(std):
                raise ValueError(f"a mean of {len(mean)} channels, a deviation of {len(std)}, or of zero")
            return mean, std
    return (), ()


def _labels(tensor: Any, file: Path) -> tuple[str, ...] | None:
    """Return the labels of the first file of them that is in no certain language, or of any."""
    kind = _schema().AssociatedFileType.TENSOR_AXIS_LABELS
    files = _entries(tensor.AssociatedFilesLength(), tensor.AssociatedFiles)
    labels = [entry for entry in files if entry.Type() == kind]
    chosen = next((entry for entry in labels if not entry.Locale()), labels[0] if labels else None)
    if chosen is None or not zipfile.is_zipfile(file):
        return None
    with zipfile.ZipFile(file) as archive:
        info = archive.getinfo((chosen.Name() or b"").decode("utf-8"))
        if info.header_offset < 0:
            raise ValueError(f"labels at byte {info.header_offset}")  # zipfile seeks there, and the system refuses
        if info.file_size > MOST_BYTES:
            raise ValueError(f"labels of {info.file_size} bytes")
        return tuple(archive.read(info).decode("utf-8").splitlines())


def _metadata_of(content: bytes) -> bytes | None:
    """Return the buffer of a TFLite file that holds its metadata."""
    model = _schema().Model.GetRootAs(content)
    for entry in _entries(model.MetadataLength(), model.Metadata):
        if entry.Name() == NAME:
            if entry.Buffer() >= model.BuffersLength():
                raise IndexError(f"buffer {entry.Buffer()} of {model.BuffersLength()}")
            return bytes(model.Buffers(entry.Buffer()).DataAsNumpy())
    return None
