"""Making a bundle: what is in it, and what cannot become one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edgekit.bundle.build import make_bundle
from edgekit.bundle.verify import verify_bundle
from edgekit.cli.main import main
from edgekit.errors import BundleError
from edgekit.models.artifact import load_artifact
from edgekit.models.bundle_archive import unpacked


def test_it_says_all_that_it_should(bundle: Path, demo_run: Path) -> None:
    files = unpacked(bundle)
    manifest = json.loads(files["manifest.json"])
    assert set(manifest["files"]) == set(files) - {"manifest.json"}
    assert manifest["made_with"]["tensorflow"]
    certificate = json.loads(files["parity.json"])
    assert certificate["verdict"] == "pass"
    card = files["CARD.md"].decode()
    assert "licence of the data: not given" in card
    assert "pixels (bilinear, antialiased, stretched), then 0 to 255 mapped to 0 to 1, then float32" in card
    assert "**pass**" in card
    assert json.loads(files["recipe.lock"])["modules"]
    assert b"digits" in files["recipe.toml"]


def test_a_new_bundle_has_no_old_signature(demo_run: Path, tmp_path: Path) -> None:
    (tmp_path / "x.sig").write_text("of another")
    make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path / "x")
    assert not (tmp_path / "x.sig").exists()


def test_what_cannot_be_bundled(demo_run: Path, tmp_path: Path) -> None:
    artifact = demo_run / "artifacts" / "tflite-int8"
    with pytest.raises(BundleError, match="is a bare file: give the artifact's folder"):
        make_bundle(artifact / "model.tflite", out=tmp_path / "x")
    copy = Path(shutil.copytree(artifact, tmp_path / "copy"))
    with pytest.raises(BundleError, match=r"this artifact is of no run; or give its original and samples$"):
        make_bundle(copy, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_an_artifact_of_no_run(demo_run: Path, digits: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(demo_run / "artifacts" / "tflite-int8full", tmp_path / "copy"))
    made = make_bundle(copy, out=tmp_path / "x", model=demo_run / "model", data=digits)
    assert verify_bundle(made).ok
    assert "Not measured: parity was not asked." in unpacked(made)["CARD.md"].decode()


def test_the_commands(demo_run: Path, digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "digits.edgekit"
    assert main(["bundle", str(demo_run / "artifacts" / "onnx-int8"), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bundle"] == str(out)
    assert main(["verify", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) | {"ok": True, "problems": []}
    assert load_artifact(out).format == "onnx"
    out.write_bytes(out.read_bytes()[:-1])
    assert main(["verify", str(out)]) == 1
    assert "BAD" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none")]) == 2
    assert "no bundle at" in capsys.readouterr().err
