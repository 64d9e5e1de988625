"""Contenders: models of any kind, told by their content, that stand in either role of a comparison."""

from __future__ import annotations

import functools
import zipfile
from pathlib import Path

from msgspec.structs import replace

from edgekit.contract.alignment import with_floats
from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.errors import ArtifactError, SessionError
from edgekit.hub.handles import FOLDER_SIGNS, resolve
from edgekit.inference.sessions import as_artifact, open_session
from edgekit.models.artifact import ARTIFACT_FILE, FORMATS, Artifact, file_format, load_artifact
from edgekit.models.bundle_archive import is_bundle
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.original.probing import made_up_answers, with_meanings
from edgekit.original.statements import Statements
from edgekit.system import registry
from edgekit.system.processes import ChildExecutor

KERAS_MEMBER = "config.json"
"""What a Keras 3 file, which is a zip as bundles are, has at its top."""
QUANTIZED_OPS = ("QUANTIZE", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear")
"""Operators of files with integers inside; TFLite's DEQUANTIZE stands in files of 16-bit floats too."""
NOTHING = Statements()


def load_contender(handle: object, statements: Statements = NOTHING) -> TunedModel | Artifact:
    """Open a SavedModel, a Keras file, any handle of one, an artifact's folder, a bundle, or a TFLite or ONNX file.

    Args:
        handle: Where it is, or a model in memory.
        statements: What its user says of it, where it does not say so itself.

    Raises:
        HandleError: There is nothing.
        ModuleError, ArtifactError: It is no model, or is damaged.
    """
    if not isinstance(handle, str | Path):
        return load_model(handle, labels=statements.labels, signature=statements.signature)
    path = Path(handle).expanduser()
    if not path.exists():
        path = resolve(str(handle))
    if not is_artifact(path):
        return load_original(handle, statements)
    artifact = load_artifact(path)
    if not statements.describes:
        return artifact
    return replace(artifact, contract=statements.completed(contract_of(artifact)))


def load_original(handle: str | Path, statements: Statements) -> TunedModel:
    """Open a SavedModel or a Keras file, with what its user says of it.

    Raises:
        HandleError, ModuleError: As for `load_contender`.
    """
    path = resolve(str(handle))
    load = functools.partial(
        load_model,
        path,
        trust=statements.trust,
        signature=statements.signature,
        root=statements.root,
        imports=statements.imports,
    )
    model = load()
    if not statements.describes:
        return model
    return load(inputs=statements.inputs(model.contract), labels=statements.labels)


def is_artifact(path: Path) -> bool:
    """Whether a folder or file is an artifact, a bundle, or a TFLite or ONNX file, whatever it is called."""
    if path.is_dir():
        if any((path / name).is_file() for name in (CONTRACT_FILE, *FOLDER_SIGNS)):
            return False
        return (path / ARTIFACT_FILE).is_file() or any(path.glob("model.*"))
    if path.is_file() and is_bundle(path):
        return not _is_keras(path)
    try:
        file_format(path)
    except ArtifactError:
        return False
    return True


def _is_keras(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return KERAS_MEMBER in archive.namelist()


def contract_of(artifact: Artifact) -> Contract:
    """Return what a model takes, in floats, and gives: as it says, or as its signature and a made-up sample show.

    Raises:
        SessionError, ArtifactError: It cannot be run.
    """
    if artifact.contract is not None:
        return with_floats(artifact.contract)
    with ChildExecutor(1, fresh=True) as executor:  # an interpreter may crash on a broken file
        return executor.submit(_probed, artifact).result()


def _probed(artifact: Artifact) -> Contract:
    with open_session(artifact) as session:
        contract = with_floats(session.contract)
        try:
            return with_meanings(contract, made_up_answers(contract, lambda sample: session.run(**sample)))
        except SessionError:
            return contract  # what it takes has a form of its own, and so nothing is known of what it gives


def is_quantized(artifact: Artifact) -> bool:
    """Whether a file computes with integers, or keeps its weights so; of no format that is known, no.

    Raises:
        ArtifactError: It is damaged.
        MissingExtraError: A bare file cannot be read here.
    """
    if artifact.variant is not None:
        return artifact.variant.scheme.integer_weights or artifact.variant.calibrated
    if artifact.format not in registry.names(FORMATS):
        return False
    ops = registry.load(FORMATS, artifact.format).op_counts(artifact.file)
    return any(op in QUANTIZED_OPS or op.startswith("QLinear") for op in ops)


def as_candidate(model: object, statements: Statements = NOTHING) -> Artifact:
    """Return what is compared with an original, of any kind, as what a session runs.

    Raises:
        HandleError, ModuleError, ArtifactError: As for `load_contender`.
    """
    title = Path(model).name if isinstance(model, str | Path) else None
    contender = model if isinstance(model, TunedModel | Artifact) else load_contender(model, statements)
    artifact = as_artifact(contender)
    return replace(artifact, title=title) if isinstance(contender, TunedModel) and title else artifact
