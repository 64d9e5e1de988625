"""A bundle's files in the cache are those of the bundle, whatever somebody did there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgekit.bundle.verify import verify_bundle
from edgekit.models.artifact import load_artifact
from edgekit.models.bundle_archive import unpacked


def test_a_changed_copy_in_the_cache_is_made_anew(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEKIT_CACHE", str(tmp_path / "cache"))
    artifact = load_artifact(bundle)
    artifact.file.write_bytes(b"changed")
    (artifact.path.parent / "golden" / "golden.json").write_text("{}")
    assert load_artifact(bundle).digest() == artifact_digest(bundle)
    assert verify_bundle(bundle).ok


def artifact_digest(bundle: Path) -> str:
    told = json.loads(unpacked(bundle)["artifact/artifact.json"])
    return f"sha256:{told['sha256']}"
