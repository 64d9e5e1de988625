"""Making a bundle: an artifact with its contract, golden vectors, certificate, digests, card, and the code to run it.

__main__.py, edgekit_*.py        runs the model: python3 BUNDLE photo.jpg
manifest.json                   digests of all files, versions of all tools, limits of the golden vectors
artifact/                       the artifact's folder, as `edgekit convert` makes it
golden/                         raw inputs and the original's answers, see `edgekit.bundle.golden`
parity.json                     the certificate: what parity found on all held-out samples
labels.txt, CARD.md             the classes, and the model in words
recipe.toml, recipe.lock        what made it, where a recipe did
android/ or cpp/                code for the device that it is for
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from edgekit.bundle.card import model_card
from edgekit.bundle.codegen import snippets
from edgekit.bundle.golden import GOLDEN_FILE, read_golden, write_golden
from edgekit.bundle.signing import signature_path
from edgekit.contract.medium import medium_of
from edgekit.data.leakage import SEEN_FILE, unseen
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.documents.bundle import Card, FileEntry, GoldenLimit, Manifest
from edgekit.documents.parity import ParityReport
from edgekit.documents.run import RunReport
from edgekit.errors import BundleError
from edgekit.evaluation.reference import original_answers
from edgekit.evaluation.release import reference, seen_by, with_their_words
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import ARTIFACT_FILE, Artifact, load_artifact
from edgekit.models.bundle_archive import packed, unpacked
from edgekit.models.run_layout import CARD_FILE, GOLDEN_FOLDER, LOCK_FILE, RECIPE_FILE, WORK_FOLDER, run_of
from edgekit.system.digests import bytes_digest
from edgekit.system.files import write_bytes
from edgekit.system.versions import tool_versions

FORMAT = 1
MANIFEST_FILE = "manifest.json"
CODE = ("__main__.py", "edgekit_cli.py", "edgekit_model.py", "edgekit_photos.py")
"""Files that run the model, at the top of the bundle."""
PORTABLE = (
    "__init__.py",
    "_version.py",
    "errors.py",
    "frontend/*.py",
    "system/__init__.py",
    "system/files.py",
    "system/optional.py",
    "system/printable.py",
)
"""Files of edgekit that run a front end, or are needed by those of a medium; a bundle takes them along then."""


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What is known of where an artifact comes from.

    Attributes:
        certificate: What parity found; None: it was not asked.
        versions: Of the tools that made it.
        card: The recipe's ``[card]``, and its name.
        recipe: The recipe, its lock, and the digests of what trained the model, by name.
    """

    certificate: ParityReport | None
    versions: Mapping[str, str]
    card: Card
    recipe: Mapping[str, bytes]


def make_bundle(
    artifact: Artifact | str | Path,
    *,
    out: str | Path,
    model: object = None,
    data: DataLike | None = None,
    device: str | None = None,
) -> Path:
    """Write a bundle.

    Args:
        artifact: What ships. Of a run, what it kept goes along: golden vectors, certificate, recipe.
        out: The file; what is there is replaced.
        model: For an artifact of no run, its original, of any kind that `edgekit.evaluation.parity.parity` takes.
        data: Likewise, raw samples that become golden vectors.
        device: Profile of what it is for, which gets code in its language; None: Python alone.

    Returns:
        The file. The same artifact of the same run gives the same bytes.

    Raises:
        BundleError: The artifact says no contract, or there are no golden vectors.
        OutputError: The file cannot be written.
    """
    shipped = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    if shipped.contract is None or shipped.variant is None:
        raise BundleError(
            f"{shipped.path} is a bare file: give the artifact's folder, with {ARTIFACT_FILE} in it", path=shipped.path
        )
    run = run_of(shipped)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        folder = _golden_folder(run, Path(scratch), model, data, shipped)
        golden = read_golden(folder)
        with open_session(shipped) as session:
            errors, runtime = golden.errors(session), session.runtime
        facts = _facts(run, shipped)
        files = _files(shipped, folder, facts)
    files |= {} if device is None else snippets(device, shipped.contract, integers=shipped.variant.calibrated)
    manifest = Manifest(
        format=FORMAT,
        name=facts.card.name,
        variant=shipped.name,
        device=device,
        made_with=dict(facts.versions),
        golden=_golden_limits(golden.limits(errors), errors, runtime),
    )
    files["CARD.md"] = model_card(shipped, facts.card, facts.certificate, golden, manifest).encode()
    write_bytes(Path(out), packed(_ordered(files, manifest)))
    signature_path(Path(out)).unlink(missing_ok=True)  # of an older one
    return Path(out)


def _golden_limits(limits: Mapping[str, float], errors: Mapping[str, float], runtime: str) -> dict[str, GoldenLimit]:
    return {name: GoldenLimit(error=errors[name], limit=limits[name], runtime=runtime) for name in errors}


def _ordered(files: dict[str, bytes], manifest: Manifest) -> dict[str, bytes]:
    """Return the files in the bundle's order: what Python runs, the manifest that names them all, the others."""
    manifest = replace(manifest, files={name: _entry(content) for name, content in sorted(files.items())})
    others = {name: content for name, content in sorted(files.items()) if name != "__main__.py"}
    return {"__main__.py": files["__main__.py"], MANIFEST_FILE: _json(manifest.to_json()), **others}


def certificate_of(bundle: Path) -> ParityReport | None:
    """Return what parity found of a bundle's artifact; None: it was not asked."""
    content = unpacked(bundle).get("parity.json")
    return None if content is None else ParityReport.from_json(json.loads(content))


def _entry(data: bytes) -> FileEntry:
    return FileEntry(sha256=bytes_digest(data).hex, bytes=len(data))


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _golden_folder(run: Path | None, scratch: Path, model: object, data: DataLike | None, shipped: Artifact) -> Path:
    """Return the folder of the golden vectors: those of the run, or made of an original and data."""
    if model is not None and data is not None:
        original = with_their_words(reference(model), [shipped], {})
        offered = fit_to_model(load_samples(data, original.contract), original.contract, labelled=False)
        samples = unseen(offered, seen_by(original) | shipped.calibrated_on)
        if not len(samples):
            raise BundleError(f"all {len(offered)} samples trained the model or calibrated the artifact: give others")
        answers = original_answers(original, samples, scratch / "answers")
        write_golden(scratch / GOLDEN_FOLDER, samples, answers, original.contract)
        return scratch / GOLDEN_FOLDER
    stored = None if run is None else run / WORK_FOLDER / GOLDEN_FOLDER
    if stored is None or not (stored / GOLDEN_FILE).is_file():
        why = "this artifact is of no run" if run is None else f"{run} is of an older edgekit: run it again"
        raise BundleError(
            f"a bundle needs golden vectors, and {why}; or give its original and samples", setting="golden"
        )
    return stored


def _facts(run: Path | None, artifact: Artifact) -> _Facts:
    unnamed = Card(name=artifact.path.name)
    if run is None:
        return _Facts(certificate=None, versions=tool_versions(), card=unnamed, recipe={})
    work, report_file = run / WORK_FOLDER, run / "report.json"
    report = RunReport.load(report_file) if report_file.is_file() else None
    origins = (work / RECIPE_FILE, work / LOCK_FILE, run / "model" / SEEN_FILE)
    return _Facts(
        certificate=None if report is None else _certificate(report, artifact),
        versions=tool_versions() if report is None or report.versions is None else report.versions,
        card=Card.load(work / CARD_FILE) if (work / CARD_FILE).is_file() else unnamed,
        recipe={path.name: path.read_bytes() for path in origins if path.is_file()},
    )


def _certificate(report: RunReport, artifact: Artifact) -> ParityReport | None:
    """Return what the run's parity found of an artifact, without pictures and sounds; None: not of this file."""
    parity = next(
        (
            entry.parity
            for entry in report.artifacts
            if entry.variant == artifact.name and entry.sha256 == artifact.digest().hex
        ),
        None,
    )
    if parity is None:
        return None
    return replace(parity, worst=tuple(replace(entry, picture=None, sound=None) for entry in parity.worst))


def _files(artifact: Artifact, golden: Path, facts: _Facts) -> dict[str, bytes]:
    code = resources.files("edgekit.bundle.code")
    files = {name: (code / name).read_bytes() for name in CODE}
    files |= _tree(artifact.path, "artifact") | _tree(golden, GOLDEN_FOLDER) | dict(facts.recipe)
    assert artifact.contract is not None, "asked before"
    media = [name for spec in artifact.contract.inputs for name in medium_of(spec).portable]
    if media or artifact.front is not None:
        root = Path(str(resources.files("edgekit")))
        paths = [path for pattern in dict.fromkeys((*PORTABLE, *media)) for path in root.glob(pattern)]
        files |= {f"edgekit/{path.relative_to(root)}": path.read_bytes() for path in paths}
    # The key of what it was made from tells runs apart, and not artifacts.
    about = {**json.loads(files[f"artifact/{ARTIFACT_FILE}"]), "source": None}
    files[f"artifact/{ARTIFACT_FILE}"] = _json(about)
    output = artifact.contract.classifier
    if output is not None and output.labels is not None:
        files["labels.txt"] = "".join(f"{label}\n" for label in output.labels).encode()
    if facts.certificate is not None:
        files["parity.json"] = _json(facts.certificate.to_json())
    return files


def _tree(folder: Path, name: str) -> dict[str, bytes]:
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
