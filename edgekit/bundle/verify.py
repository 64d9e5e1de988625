"""Verifying a bundle: its digests, its signature, and its golden vectors where it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from msgspec.structs import asdict

from edgekit.bundle.golden import read_golden
from edgekit.bundle.signing import check_key, signature_path, signature_problem
from edgekit.documents.bundle import GoldenError, GoldenLimit, Manifest, VerificationReport
from edgekit.errors import BundleError, OutputError, nearest
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_folder
from edgekit.models.bundle_archive import bundle_digest, names_in
from edgekit.models.bundle_cache import open_bundle

Signature = Literal["good", "bad", "missing", "not checked"] | None


def verify_bundle(
    path: str | Path, *, key: str | Path | None = None, placement: Placement | None = None
) -> VerificationReport:
    """Check a bundle: all its bytes, and what it answers to its golden vectors.

    Args:
        path: The bundle.
        key: The public key that it has to be signed by; None: a signature is not asked for.
        placement: What runs it, and on which device.

    Raises:
        ReachError: The device cannot be reached, or lacks a runtime.
        BundleError: There is no such file, or the key is none.
    """
    file, placement = Path(path), placement or Placement()
    if file.is_dir():
        raise BundleError(f"{file} is a folder: make a bundle of it first", path=file, setting="bundle")
    if not file.is_file():
        beside = [neighbour.name for neighbour in file.absolute().parent.glob("*")]
        raise BundleError(f"no bundle at {file.absolute()}{nearest(file.name, beside)}")
    if key is not None:
        check_key(Path(key))
    try:
        digest = bundle_digest(file)
        unsigned = None if key is None else signature_problem(file, Path(key))
        if unsigned is not None:  # what is not to be trusted is not run either
            state: Signature = "bad" if signature_path(file).is_file() else "missing"
            return _refused(unsigned, placement, digest=str(digest), signature=state)
        folder, changed = open_bundle(file, digest)
        manifest = Manifest.load(folder / "manifest.json")
        problems = _problems(changed, names_in(file), set(manifest.files or {}))
        golden, limits = read_golden(folder / "golden"), manifest.golden
    except (ValueError, KeyError, OutputError) as error:
        return _refused(f"{file}: its manifest is damaged: {error}", placement)
    except BundleError as error:
        return _refused(str(error), placement)
    with open_session(load_folder(folder / "artifact", checked=True), **asdict(placement)) as session:
        errors, runtime = golden.errors(session), session.runtime
    for name, distance in errors.items():
        if not distance <= limits[name].limit:
            where = f"a fault of {runtime} on {placement.device}"
            problems.append(_too_far(name, distance, limits[name], len(golden.samples), where))
    return VerificationReport(
        ok=not problems,
        problems=tuple(problems),
        digest=str(digest),
        golden={name: GoldenError(error=errors[name], limit=limits[name].limit) for name in errors},
        signature="good" if key is not None else _unchecked(file),
        runtime=runtime,
        device=placement.device,
    )


def _too_far(name: str, distance: float, limit: GoldenLimit, samples: int, where: str) -> str:
    """Say that an output is farther from the original's than it was where the bundle was made."""
    return (
        f"{name}: {distance:.3g} from the original's answers on {samples} golden samples; where it was made it was "
        f"{limit.error:.3g}, and {limit.limit:.3g} is the limit: other kernels, other preprocessing, or {where}"
    )


def _unchecked(file: Path) -> Signature:
    """Return what is known of a signature that nobody asked for."""
    return "not checked" if signature_path(file).is_file() else None


def _refused(
    problem: str, placement: Placement, *, digest: str | None = None, signature: Signature = None
) -> VerificationReport:
    """Return the report of a bundle that was not run."""
    return VerificationReport(
        ok=False,
        problems=(problem,),
        digest=digest,
        golden=None,
        signature=signature,
        runtime=None,
        device=placement.device,
    )


def _problems(changed: Sequence[str], files: set[str], named: set[str]) -> list[str]:
    """Return which files are not those that the manifest names."""
    return [
        *(f"{name} is not the file that the manifest names" for name in changed if name in files),
        *(f"{name} is in no manifest" for name in sorted(files - named - {"manifest.json"})),
        *(f"{name} is missing" for name in sorted(named - files)),
    ]
