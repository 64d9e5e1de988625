"""A bundle's recipe runs again: the same bytes come out, or it is said what differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgekit.bundle.build import make_bundle
from edgekit.cli.main import main
from edgekit.errors import BundleError, ModuleError
from edgekit.models.bundle_archive import packed, unpacked
from edgekit.pipeline.reproduction import reproduce
from tests.documents.validation import check_document


@pytest.fixture(scope="module")
def bundle(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path_factory.mktemp("bundle") / "digits.edgekit")


def test_the_same_comes_out(bundle: Path, demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["reproduce", str(bundle), "--out", str(tmp_path / "again"), "--root", str(demo_run / "source")]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    check_document(document, "reproduction")
    assert document["same"], document["differences"]
    assert document["differences"] == []
    assert Path(document["bundle"]).is_file()


def test_what_differs_is_said(bundle: Path, demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = unpacked(bundle)
    manifest = json.loads(files["manifest.json"])
    manifest["made_with"]["tensorflow"] = "2.0"
    recipe = files["recipe.toml"].replace(b"seed = 0", b"seed = 3")
    other = tmp_path / "other.edgekit"
    changed = {**files, "manifest.json": json.dumps(manifest).encode(), "recipe.toml": recipe}
    other.write_bytes(packed(changed))
    words = ["reproduce", str(other), "--out", str(tmp_path / "again"), "--root", str(demo_run / "source")]
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert "it differs:" in printed
    assert "tensorflow: 2.0 then, 2." in printed
    assert "artifact/model.tflite:" in printed


def test_a_module_that_changed_is_refused(bundle: Path, demo_run: Path, tmp_path: Path) -> None:
    files = unpacked(bundle)
    lock = json.loads(files["recipe.lock"])
    for entry in lock["modules"].values():
        entry["digest"] = f"sha256:{'0' * 64}"
    other = tmp_path / "other.edgekit"
    other.write_bytes(packed({**files, "recipe.lock": json.dumps(lock).encode()}))
    with pytest.raises(ModuleError, match="has changed"):
        reproduce(other, out=tmp_path / "again", root=demo_run / "source")


def test_one_without_a_recipe(bundle: Path, tmp_path: Path) -> None:
    files = {name: data for name, data in unpacked(bundle).items() if name != "recipe.toml"}
    other = tmp_path / "other.edgekit"
    other.write_bytes(packed(files))
    with pytest.raises(BundleError, match="holds no recipe"):
        reproduce(other, out=tmp_path / "again")
