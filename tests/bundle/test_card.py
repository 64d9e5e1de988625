"""The card says what a reader has to know, and says where it is not known."""

from __future__ import annotations

from pathlib import Path

from edgekit.bundle.build import make_bundle
from edgekit.models.artifact import load_artifact
from edgekit.models.bundle_archive import unpacked


def card(bundle: Path) -> str:
    return unpacked(bundle)["CARD.md"].decode()


def test_a_card_has_its_chapters_and_the_models_digest(bundle: Path, demo_run: Path) -> None:
    text = card(bundle)
    chapters = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert chapters == [
        "What goes in, and what comes out",
        "How far it is from the original",
        "Where it comes from",
        "How to run it",
    ]
    artifact = load_artifact(demo_run / "artifacts" / "tflite-int8")
    assert f"`{artifact.digest().hex}`" in text
    assert "held-out samples" in text
    assert "python3 BUNDLE photo.jpg" in text


def test_another_model_has_another_card(bundle: Path, demo_run: Path, tmp_path: Path) -> None:
    other = make_bundle(demo_run / "artifacts" / "tflite-fp32", out=tmp_path / "other.edgekit")
    artifact = load_artifact(demo_run / "artifacts" / "tflite-int8")
    assert artifact.digest().hex not in card(other)
    assert card(other) != card(bundle)
