"""TFLite Metadata: what a TFLite file says of itself, so that MediaPipe Tasks and other clients feed it rightly.

The format is a flatbuffer in the file and, behind the file, a zip of what belongs to it: labels, and edgekit's own
contract, which says more than the format can. Tables and fields: metadata_schema.fbs, after
https://www.tensorflow.org/lite/models/convert/metadata
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit.contract.contract import CONTRACT_FILE, Contract, InputSpec, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.formats.tflite.graph import read_graph, write_graph
from edgekit.frontend import Program, load_program
from edgekit.frontend.word_pieces import WordPieces, word_pieces
from edgekit.system.files import write_bytes
from edgekit.system.optional import require

NAME = b"TFLITE_METADATA"
"""Under which a TFLite file holds it."""
IDENTIFIER = b"M001"
LABELS_FILE = "labels.txt"
VOCABULARY_FILE = "vocab.txt"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of all that is in the zip, the earliest there is: the same input gives the same bytes."""
PIECES = ("ids", "mask", "segment_ids")
"""What the format calls the tensors of a tokenizer, in the order of our front end's outputs."""
SIGNATURE = "serving_default"


def describe(model: Path, contract: Contract, *, name: str, front: Path | None = None) -> list[str]:
    """Write its metadata into a TFLite file.

    Args:
        model: The file.
        contract: What it takes and gives.
        name: What it is called.
        front: The front end that stands before it. One that only makes word pieces is said as a tokenizer.

    Returns:
        What of the contract the public format has no field for, as sentences.
    """
    loaded = read_graph(model.read_bytes())
    inputs, outputs = _in_order(loaded, contract)
    labelled = next((spec for spec in outputs if _has_labels(spec)), None)
    program = None if front is None else load_program(front)
    pieces = None if program is None else word_pieces(program)
    buffer = _metadata_buffer(loaded)
    buffer.data = _model_metadata(name, inputs, outputs, labelled, pieces)
    files = {CONTRACT_FILE: json.dumps(contract.to_json(), ensure_ascii=False, indent=1).encode()}
    files |= {} if labelled is None else {LABELS_FILE: _labels(labelled)}
    files |= {} if pieces is None else {VOCABULARY_FILE: b"".join(word + b"\n" for word in pieces.words)}
    write_bytes(model, _with_files(write_graph(loaded), files))
    return _unsaid(inputs, outputs) + _unsaid_of_front(program, pieces)


def _metadata_buffer(loaded: Any) -> Any:
    """Return the buffer that holds the metadata; a file that has none gets one."""
    schema = require("ai_edge_litert.schema_py_generated", asked="writing metadata", extra="convert")
    loaded.metadata = loaded.metadata or []
    entry = next((item for item in loaded.metadata if item.name == NAME), None)
    if entry is None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = NAME, len(loaded.buffers)
        loaded.metadata.append(entry)
        loaded.buffers.append(schema.BufferT())
    return loaded.buffers[entry.buffer]


def _in_order(loaded: Any, contract: Contract) -> tuple[list[InputSpec], list[OutputSpec]]:
    """Return the contract's inputs and outputs in the order of the graph's, which is what the format goes by."""
    graph = loaded.subgraphs[0]
    signature = next((s for s in loaded.signatureDefs or [] if s.signatureKey.decode() == SIGNATURE), None)
    if signature is None:
        return list(contract.inputs), list(contract.outputs)
    indices = {port.name.decode(): port.tensorIndex for port in (*signature.inputs, *signature.outputs)}
    return (
        sorted(contract.inputs, key=lambda spec: list(graph.inputs).index(indices[spec.name])),
        sorted(contract.outputs, key=lambda spec: list(graph.outputs).index(indices[spec.name])),
    )


def _has_labels(spec: OutputSpec) -> bool:
    return spec.labels is not None and not any("\n" in label for label in spec.labels)


def _labels(spec: OutputSpec) -> bytes:
    return "".join(f"{label}\n" for label in spec.labels or ()).encode()


def _with_files(model: bytes, files: Mapping[str, bytes]) -> bytes:
    """Return a model with a zip behind it; the places in the zip count from the model's first byte."""
    file = io.BytesIO(model)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data)
    return file.getvalue()


def _unsaid(inputs: Sequence[InputSpec], outputs: Sequence[OutputSpec]) -> list[str]:
    """Return what the format cannot say, as sentences."""
    reasons = []
    for spec in inputs:
        reasons += [f"{spec.name}: {reason}" for reason in medium_of(spec).unsaid(spec)]
    reasons += [
        f"{spec.name}: labels that hold line breaks" for spec in outputs if spec.labels and not _has_labels(spec)
    ]
    reasons += [f"{spec.name}: that its values are logits" for spec in outputs if spec.meaning == "logits"]
    return reasons


def _unsaid_of_front(program: Program | None, pieces: WordPieces | None) -> list[str]:
    if program is None:
        return []
    names = ", ".join(port.name for port in program.inputs)
    if pieces is None:
        return [f"{names}: what the front end makes of it, which MediaPipe has not: it cannot take this file"]
    accents = "that accents are taken off" if pieces.lowercase else "that capitals stay: MediaPipe makes them small"
    return [f"{names}: {accents}"]


def _model_metadata(
    name: str,
    inputs: Sequence[InputSpec],
    outputs: Sequence[OutputSpec],
    labelled: OutputSpec | None,
    pieces: WordPieces | None,
) -> Any:
    """Return the flatbuffer."""
    import numpy as np  # heavy

    to = _Tables()
    fields = {
        "InputTensorMetadata": to.vector([_input(to, spec, pieces) for spec in inputs]),
        "OutputTensorMetadata": to.vector([_output(to, spec, labels=spec is labelled) for spec in outputs]),
    }
    if pieces is not None:
        fields["InputProcessUnits"] = to.vector([_tokenizer(to)])
    graph = to.table("SubGraphMetadata", **fields)
    unknown = to.schema.AssociatedFileType.UNKNOWN
    contract = _file(to, CONTRACT_FILE, "what goes in and comes out, in edgekit's words", kind=unknown)
    root = to.table(
        "ModelMetadata",
        Name=to.text(name),
        SubgraphMetadata=to.vector([graph]),
        AssociatedFiles=to.vector([contract]),
        MinParserVersion=to.text("1.0.0"),
    )
    to.builder.Finish(root, IDENTIFIER)
    return np.frombuffer(bytes(to.builder.Output()), np.uint8)


def _tokenizer(to: _Tables) -> int:
    kind = to.schema.AssociatedFileType.VOCABULARY
    vocabulary = _file(to, VOCABULARY_FILE, "word pieces, in the order of their numbers", kind=kind)
    options = to.table("BertTokenizerOptions", VocabFile=to.vector([vocabulary]))
    unit = to.schema.ProcessUnitOptions.BertTokenizerOptions
    return to.table("ProcessUnit", OptionsType=unit, Options=options)


def _input(to: _Tables, spec: InputSpec, pieces: WordPieces | None) -> int:
    label = spec.name if pieces is None else PIECES[pieces.parts[spec.name]]
    fields = {"Name": to.text(label), "Description": to.text(f"{spec.kind} input")}
    description = medium_of(spec).describe(spec)
    if description.content == "image":
        colours = to.schema.ColorSpaceType.GRAYSCALE if description.grey else to.schema.ColorSpaceType.RGB
        fields["Content"] = to.content("ImageProperties", to.table("ImageProperties", ColorSpace=colours))
        if description.mean:
            fields |= _scaled(to, description.mean, description.std)
    elif description.content == "audio" and description.sample_rate is not None:
        properties = to.table("AudioProperties", SampleRate=description.sample_rate, Channels=1)
        fields["Content"] = to.content("AudioProperties", properties)
    else:
        fields["Content"] = to.content("FeatureProperties", to.table("FeatureProperties"))
    return to.table("TensorMetadata", **fields)


def _scaled(to: _Tables, means: Sequence[float], deviations: Sequence[float]) -> dict[str, int]:
    """Return how pixels are scaled, and between what the values lie then: (pixel - mean) / deviation."""
    options = to.table("NormalizationOptions", Mean=to.floats(means), Std=to.floats(deviations))
    unit = to.schema.ProcessUnitOptions.NormalizationOptions
    units = to.vector([to.table("ProcessUnit", OptionsType=unit, Options=options)])
    scales = list(zip(means, deviations, strict=True))
    highest = [(255.0 - mean) / deviation for mean, deviation in scales]
    lowest = [(0.0 - mean) / deviation for mean, deviation in scales]
    return {"ProcessUnits": units, "Stats": to.table("Stats", Max=to.floats(highest), Min=to.floats(lowest))}


def _output(to: _Tables, spec: OutputSpec, *, labels: bool) -> int:
    fields = {
        "Name": to.text(spec.name),
        "Description": to.text(spec.meaning),
        "Content": to.content("FeatureProperties", to.table("FeatureProperties")),
    }
    if spec.meaning == "probabilities":
        fields["Stats"] = to.table("Stats", Max=to.floats([1.0]), Min=to.floats([0.0]))
    if labels:
        kind = to.schema.AssociatedFileType.TENSOR_AXIS_LABELS
        file = _file(to, LABELS_FILE, "the classes, in the order of the scores", kind=kind)
        fields["AssociatedFiles"] = to.vector([file])
    return to.table("TensorMetadata", **fields)


def _file(to: _Tables, name: str, description: str, *, kind: int) -> int:
    return to.table("AssociatedFile", Name=to.text(name), Description=to.text(description), Type=kind)


class _Tables:
    """Writes tables of a flatbuffer from the inside out, as it has to be: what a table refers to comes before it."""

    def __init__(self) -> None:
        flatbuffers = require("flatbuffers", asked="writing metadata", extra="convert")
        name = "edgekit.formats.tflite.metadata_schema_generated"  # it imports flatbuffers, which an extra brings
        self.schema: Any = require(name, asked="writing metadata", extra="convert")
        self.builder = flatbuffers.Builder(1024)

    def text(self, value: str) -> int:
        return int(self.builder.CreateString(value))

    def vector(self, offsets: Sequence[int]) -> int:
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return int(self.builder.EndVector())

    def floats(self, values: Sequence[float]) -> int:
        self.builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            self.builder.PrependFloat32(value)
        return int(self.builder.EndVector())

    def content(self, kind: str, properties: int) -> int:
        number = getattr(self.schema.ContentProperties, kind)
        return self.table("Content", ContentPropertiesType=number, ContentProperties=properties)

    def table(self, name: str, **fields: int) -> int:
        """Write a table of the schema; a field is what was written before, or a number, and they are in its order."""
        getattr(self.schema, f"{name}Start")(self.builder)
        for field, value in fields.items():
            getattr(self.schema, f"{name}Add{field}")(self.builder, value)
        return int(getattr(self.schema, f"{name}End")(self.builder))
