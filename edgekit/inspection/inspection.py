"""Inspection: what is at a handle, without running it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from edgekit.contract.contract import InputSpec, OutputSpec
from edgekit.documents.inspection import InspectionReport, Port, SignatureEntry
from edgekit.hub.handles import Progress, resolve
from edgekit.hub.modules import read_module
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import ARTIFACT_FILE, FORMATS, Artifact, load_artifact
from edgekit.system import registry
from edgekit.system.digests import folder_bytes, tree_digest
from edgekit.system.processes import ChildExecutor


def inspect(
    handle: str, *, root: Path | None = None, imports: Sequence[Path] = (), progress: Progress | None = None
) -> InspectionReport:
    """Return what is at a handle: a module, a Keras file, a TFLite or an ONNX file.

    Args:
        handle: Where it is.
        root: Where the modules lie that layers of a Keras file name.
        imports: Files of Python code that define the classes of a Keras file; they are run.
        progress: Called while something is fetched.

    Raises:
        HandleError, ModuleError, ArtifactError: There is nothing, or it is damaged.
    """
    path = resolve(handle, progress=progress)
    if (path.is_file() and path.suffix in (".tflite", ".onnx")) or (path / ARTIFACT_FILE).is_file():
        return _inspect_file(handle, path)
    return InspectionReport.from_json(read_module(handle, path, root=root, imports=imports).to_json())


def _inspect_file(handle: str, path: Path) -> InspectionReport:
    artifact = load_artifact(path)
    with ChildExecutor(1, fresh=True) as executor:  # an interpreter may crash on a broken file
        signature, ops = executor.submit(_look, artifact).result()
    return InspectionReport(
        handle=handle,
        digest=str(tree_digest(path)),
        format=artifact.format,
        signatures={"serving_default": signature},
        bytes=folder_bytes(path),
        ops=ops,
        risks=(),
    )


def _look(artifact: Artifact) -> tuple[SignatureEntry, dict[str, int]]:
    with open_session(artifact) as session:
        contract = session.contract
    signature = SignatureEntry(
        inputs={spec.name: _port(spec) for spec in contract.inputs},
        outputs={spec.name: _port(spec) for spec in contract.outputs},
    )
    return signature, dict(sorted(_ops(artifact).items()))


def _port(spec: InputSpec | OutputSpec) -> Port:
    """Return what goes in or comes out of the file itself, which may be integers that stand for floats."""
    if spec.quantization is None:
        return Port(dtype=spec.dtype, shape=spec.shape)
    return Port(dtype=spec.quantization["dtype"], shape=spec.shape, quantization=dict(spec.quantization))


def _ops(artifact: Artifact) -> Counter[str]:
    """Count the ops of a model file; custom ops are listed by their names."""
    counts: Counter[str] = registry.load(FORMATS, artifact.format).op_counts(artifact.file)
    return counts
