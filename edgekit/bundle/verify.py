"""Verifying a bundle: its digests, its signature, and its golden vectors where it runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgekit.bundle.golden import read_golden
from edgekit.bundle.signing import check_key, signature_path, signature_problem
from edgekit.errors import BundleError, nearest
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_folder
from edgekit.models.bundle_archive import bundle_digest, names_in
from edgekit.models.bundle_cache import open_bundle


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was found of a bundle.

    Attributes:
        problems: What is wrong, as sentences; none: it is as it was made, and answers as it did.
        digest: Of the bundle.
        golden: Per output the error against the original's answers, and its limit.
        signature: ``good``, ``bad``, ``missing`` where it was asked for, or ``not checked``; None: there is none.
        runtime: What ran it.
        device: Where.
    """

    problems: tuple[str, ...]
    digest: str | None = None
    golden: dict[str, dict[str, float]] | None = None
    signature: str | None = None
    runtime: str | None = None
    device: str = "host"

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"ok": self.ok, **asdict(self), "problems": list(self.problems)}


def verify_bundle(
    path: str | Path, *, key: str | Path | None = None, placement: Placement | None = None
) -> Verification:
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
            state = "bad" if signature_path(file).is_file() else "missing"
            return Verification(problems=(unsigned,), digest=digest, signature=state, device=placement.device)
        folder, changed = open_bundle(file, digest)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        problems = _problems(changed, names_in(file), set(manifest["files"]))
        golden, limits = read_golden(folder / "golden"), manifest["golden"]
    except (ValueError, KeyError) as error:
        return Verification(problems=(f"{file}: its manifest is damaged: {error}",), device=placement.device)
    except BundleError as error:
        return Verification(problems=(str(error),), device=placement.device)
    with open_session(load_folder(folder / "artifact", checked=True), **asdict(placement)) as session:
        errors, runtime = golden.errors(session), session.runtime
    for name, distance in errors.items():
        if not distance <= limits[name]["limit"]:
            problems.append(
                f"{name}: {distance:.3g} from the original's answers on {len(golden.samples)} golden samples; where it "
                f"was made it was {limits[name]['error']:.3g}, and {limits[name]['limit']:.3g} is the limit: other "
                f"kernels, other preprocessing, or a fault of {runtime} on {placement.device}"
            )
    return Verification(
        problems=tuple(problems),
        digest=digest,
        runtime=runtime,
        device=placement.device,
        signature=_signature_state(file, key),
        golden={name: {"error": distance, "limit": limits[name]["limit"]} for name, distance in errors.items()},
    )


def _signature_state(file: Path, key: str | Path | None) -> str | None:
    """Say what became of the signature of a bundle that no check refused."""
    if key is not None:
        return "good"
    return "not checked" if signature_path(file).is_file() else None


def _problems(changed: Sequence[str], present: set[str], listed: set[str]) -> list[str]:
    """Return which files are not those that the manifest names."""
    return [
        *(f"{name} is not the file that the manifest names" for name in changed if name in present),
        *(f"{name} is in no manifest" for name in sorted(present - listed - {"manifest.json"})),
        *(f"{name} is missing" for name in sorted(listed - present)),
    ]
