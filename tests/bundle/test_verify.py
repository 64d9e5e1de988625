"""What verify finds of a bundle: nothing of a good one, and any fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edgekit.bundle.build import make_bundle
from edgekit.bundle.verify import verify_bundle
from edgekit.models.bundle_archive import unpacked
from tests.bundle.tampering import changed


def test_it_verifies_where_it_was_made(bundle: Path) -> None:
    found = verify_bundle(bundle)
    assert found.ok, found.problems
    assert found.golden is not None
    golden = found.golden["probabilities"]
    assert 0 < golden.error <= golden.limit < 0.1


def test_a_fault_in_the_model_is_seen_by_its_golden_vectors(bundle: Path, demo_run: Path, tmp_path: Path) -> None:
    other = unpacked(make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path / "x"))
    golden = np.load(tmp_path_npy(other, tmp_path), allow_pickle=False)
    turned = tmp_path / "turned.npy"
    np.save(turned, golden[:, ::-1])
    files = {"golden/original-0.npy": turned.read_bytes()}
    found = verify_bundle(changed(bundle, tmp_path / "bad.edgekit", files))
    assert not found.ok
    assert found.problems[0] == "golden/original-0.npy is not the file that the manifest names"
    assert "from the original's answers on 8 golden samples" in found.problems[1]


def tmp_path_npy(files: Mapping[str, bytes], folder: Path) -> Path:
    path = folder / "golden.npy"
    path.write_bytes(files["golden/original-0.npy"])
    return path


def test_files_that_nobody_names_are_seen(bundle: Path, tmp_path: Path) -> None:
    found = verify_bundle(changed(bundle, tmp_path / "more.edgekit", {"edgekit/__init__.py": b"evil()"}))
    assert found.problems == ("edgekit/__init__.py is in no manifest",)
