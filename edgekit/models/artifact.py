"""Artifacts: a model file in its folder, with ``artifact.json`` that says what it is and what made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from edgekit.contract.contract import Contract
from edgekit.documents.weights import WeightFacts
from edgekit.errors import ArtifactError, nearest
from edgekit.models.bundle_archive import is_bundle
from edgekit.models.bundle_cache import bundle_folder
from edgekit.models.tuned_model import FRONT_FOLDER
from edgekit.recipe.overrides import Override
from edgekit.recipe.variants import Variant, parse_variant
from edgekit.system import registry
from edgekit.system.digests import Digest, file_digest, folder_bytes, tree_digest
from edgekit.system.files import JsonObject, write_json

if TYPE_CHECKING:
    from edgekit.data.leakage import Seen

ARTIFACT_FILE = "artifact.json"
FORMATS = "formats.model_files"
"""Where the formats of model files are found."""
DELEGATES = "runtimes.delegates"
"""Where the delegates are found; what is compiled for one goes by its name, in ``artifact.json`` too."""


class CompiledFile(Struct, frozen=True, kw_only=True):
    """What the compiler of a delegate made of a model file: the compiled file, or the reason why there is none.

    Attributes:
        file: The compiled file; None: the compiler refused the model.
        error: Why it refused; None: it did not.
    """

    file: Path | None = None
    error: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return it as ``artifact.json`` holds it."""
        return {"error": self.error} if self.file is None else {"sha256": file_digest(self.file).hex}


class Artifact(Struct, frozen=True, kw_only=True):
    """A model file that ships.

    Attributes:
        path: The artifact's folder, or the bare model file.
        file: The model file.
        format: ``tflite`` or ``onnx``.
        variant: What it was built as; None for a bare file.
        contract: What goes in and comes out; None for a bare file that holds none, whose own signature counts.
        front: Folder of the portable front end, where the model file does not take the public inputs itself.
        core: With a front end, what goes into the model file and comes out.
        made_by: The tool that made it, with its version; None for a bare file.
        source: Digest of the model that it was made from; None for a bare file.
        calibrated_on: The files and texts that calibrated or trained it.
        overrides: Parts that are quantized less.
        calibrated_range: The smallest and largest value of each input that calibration saw, where the file takes the
            public inputs; empty for other files.
        rounding: The name of a rounding method: how its weights became integers; None: they are
            floats, or nobody knows.
        compiled: What compilers made of it, by the names of the delegates that they compile for.
        unsaid: What the file's public metadata cannot say of its contract.
        weights: What was counted in the file, None for a bare file.
        title: What its user calls a model of no variant; None: by its file.
    """

    path: Path
    file: Path
    format: str
    variant: Variant | None = None
    contract: Contract | None = None
    made_by: str | None = None
    source: str | None = None
    front: Path | None = None
    core: Contract | None = None
    calibrated_on: Seen = frozenset()
    overrides: tuple[Override, ...] = ()
    calibrated_range: Mapping[str, tuple[float, float]] = {}
    rounding: str | None = None
    compiled: Mapping[str, CompiledFile] = {}
    unsaid: tuple[str, ...] = ()
    weights: WeightFacts | None = None
    title: str | None = None

    @property
    def name(self) -> str:
        """The variant's spelling, or the title, or the file's name."""
        return str(self.variant) if self.variant else self.title or self.file.name

    @property
    def bytes(self) -> int:
        """Size of the model file and its front end."""
        return self.file.stat().st_size + (folder_bytes(self.front) if self.front else 0)

    @property
    def refusals(self) -> dict[str, str]:
        """Why compilers refused it, by the names of the delegates that they compile for."""
        return {name: compiled.error for name, compiled in self.compiled.items() if compiled.error is not None}

    def compiled_path(self, delegate: str) -> Path:
        """Return where the file that is compiled for a delegate lies, whether it does or not."""
        return _compiled_path(self.path, self.file.suffix, delegate)

    def with_compiled(self, delegate: str, compiled: CompiledFile) -> Artifact:
        """Return the artifact with what the compiler of a delegate made of it."""
        return replace(self, compiled={**self.compiled, delegate: compiled})

    def file_for(self, delegate: str) -> Path:
        """Return the file that is compiled for a delegate; of an artifact that was not compiled, the model file."""
        compiled = self.compiled.get(delegate)
        return self.file if compiled is None or compiled.file is None else compiled.file

    def digest(self) -> Digest:
        """Return the digest of the model file, or of a SavedModel's folder."""
        return tree_digest(self.file)


def save_artifact(folder: Path, artifact: Artifact) -> None:
    """Write ``artifact.json`` beside the model file in ``folder``."""
    assert artifact.contract is not None, "an artifact that was built has a contract"
    write_json(
        folder / ARTIFACT_FILE,
        {
            "variant": str(artifact.variant),
            "file": artifact.file.name,
            "sha256": file_digest(folder / artifact.file.name).hex,
            "bytes": (folder / artifact.file.name).stat().st_size,
            "made_by": artifact.made_by,
            "source": artifact.source,
            "calibrated_on": sorted(artifact.calibrated_on),
            "except": [entry.to_json() for entry in artifact.overrides],
            "calibrated_range": artifact.calibrated_range,
            "rounding": artifact.rounding,
            "weights": None if artifact.weights is None else artifact.weights.to_json(),
            "not_in_metadata": list(artifact.unsaid),
            "contract": artifact.contract.to_json(),
            **_front_to_json(folder, artifact),
            **{name: compiled.to_json() for name, compiled in artifact.compiled.items()},
        },
    )


def _front_to_json(folder: Path, artifact: Artifact) -> JsonObject:
    if artifact.front is None:
        return {}
    assert artifact.core is not None, "what a front end feeds has a contract of its own"
    return {"frontend": {"sha256": _front_digest(folder / FRONT_FOLDER), "core": artifact.core.to_json()}}


def _compiled_path(folder: Path, suffix: str, delegate: str) -> Path:
    return folder / f"model_{delegate}{suffix}"


def _read_compiled(folder: Path, record: JsonObject) -> dict[str, CompiledFile]:
    """Read what was compiled, by delegate; a record has an entry of the name of each that has a compiler."""
    compiled = {}
    for name in registry.names(DELEGATES):
        if name in record:
            path = _compiled_path(folder, Path(record["file"]).suffix, name)
            entry = record[name]
            compiled[name] = CompiledFile(file=path if "sha256" in entry else None, error=entry.get("error"))
    return compiled


def _front_digest(front: Path) -> str:
    return tree_digest(front).hex


def load_artifact(path: str | Path) -> Artifact:
    """Open an artifact's folder, a bundle, or a bare TFLite or ONNX file; files are told by content, not by suffix.

    Raises:
        ArtifactError: There is nothing, it is damaged, or it is not what ``artifact.json`` says.
    """
    path = Path(path).expanduser()
    if path.is_file() and is_bundle(path):
        return load_folder(bundle_folder(path) / "artifact", checked=True)
    if path.is_file():
        detected = file_format(path)
        contract = registry.load(FORMATS, detected).embedded_contract(path)
        return Artifact(path=path, file=path, format=detected, contract=contract)
    if not path.is_dir():
        beside = [entry.name for entry in path.absolute().parent.glob("*")]
        raise ArtifactError(f"no artifact at {path.absolute()}{nearest(path.name, beside)}")
    if not (path / ARTIFACT_FILE).is_file():
        inside = sorted(file for file in path.glob("model.*") if file.suffix in (".tflite", ".onnx"))
        if len(inside) == 1:
            return load_artifact(inside[0])
        raise ArtifactError(f"{path} is not an artifact: there is no {ARTIFACT_FILE} in it")
    return load_folder(path)


def load_folder(path: Path, *, checked: bool = False) -> Artifact:
    """Open an artifact's folder.

    Args:
        path: The folder.
        checked: Its files were seen to be those of a bundle's manifest: their digests are not taken again.

    Raises:
        ArtifactError: It is damaged, or is not what ``artifact.json`` says.
    """
    try:
        value: JsonObject = json.loads((path / ARTIFACT_FILE).read_text())
        name = value["file"]
        if Path(name).name != name:
            raise ArtifactError(
                f"{path / ARTIFACT_FILE}: the model file {name!r} is not in the artifact's folder",
                path=path / ARTIFACT_FILE,
            )
        artifact = Artifact(
            path=path,
            file=path / name,
            format=file_format(path / name),
            variant=parse_variant(value["variant"]),
            contract=Contract.from_json(value["contract"]),
            made_by=value["made_by"],
            source=value["source"],
            calibrated_on=frozenset(value["calibrated_on"]),
            overrides=tuple(Override(**entry) for entry in value["except"]),
            calibrated_range={name: (low, high) for name, (low, high) in value["calibrated_range"].items()},
            rounding=value["rounding"],
            weights=None if value["weights"] is None else WeightFacts.from_json(value["weights"]),
            unsaid=tuple(value["not_in_metadata"]),
            compiled=_read_compiled(path, value),
            front=path / FRONT_FOLDER if "frontend" in value else None,
            core=Contract.from_json(value["frontend"]["core"]) if "frontend" in value else None,
        )
        if not checked:
            _check_digests(artifact, value)
    except KeyError as error:
        raise ArtifactError(
            f"{path / ARTIFACT_FILE} lacks {error}: another version of edgekit made it; convert the model again",
            path=path / ARTIFACT_FILE,
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise ArtifactError(
            f"{path / ARTIFACT_FILE} cannot be read: {error}; convert the model again", path=path
        ) from error
    inside = registry.load(FORMATS, artifact.format).embedded_contract(artifact.file)
    if inside not in (None, artifact.core or artifact.contract):
        raise ArtifactError(
            f"{path / ARTIFACT_FILE} has another contract than the model file: convert it again",
            path=path / ARTIFACT_FILE,
        )
    return artifact


def _check_digests(artifact: Artifact, record: JsonObject) -> None:
    """Refuse an artifact of which a file is not the one that was written."""
    files = [(artifact.file, record["sha256"])]
    for name, compiled in artifact.compiled.items():
        if compiled.file is not None:
            files.append((compiled.file, record[name]["sha256"]))
    for file, digest in files:
        if file_digest(file).hex != digest:
            raise ArtifactError(f"{file} is not the file that {ARTIFACT_FILE} describes: its digest differs")
    if artifact.front is not None and _front_digest(artifact.front) != record["frontend"]["sha256"]:
        raise ArtifactError(f"{artifact.front} is not the front end that {ARTIFACT_FILE} describes")


def file_format(path: Path) -> str:
    """Tell ``tflite`` from ``onnx`` by the first bytes of a file.

    Raises:
        ArtifactError: It is neither.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise ArtifactError(f"cannot read {path}: {error.strerror}", path=path) from error
    for name in sorted(registry.names(FORMATS), key=lambda name: registry.load(FORMATS, name).RANK):
        if registry.load(FORMATS, name).recognizes(head):
            return name
    raise ArtifactError(f"{path} is neither a TFLite nor an ONNX file, or it is damaged", path=path)
