from __future__ import annotations

import pytest

from edgekit.documents.bundle import BundleReport, GoldenIndex, GoldenInput, Manifest, VerificationReport
from edgekit.errors import OutputError

VERIFICATION = {
    "ok": False,
    "problems": ["labels.txt has changed"],
    "digest": None,
    "golden": {"probabilities": {"error": 0.2, "limit": 0.1}},
    "signature": "bad",
    "runtime": None,
    "device": "host",
}


def test_a_verification_is_read_back() -> None:
    report = VerificationReport.from_json(VERIFICATION)
    assert report.golden is not None
    assert report.golden["probabilities"].limit == 0.1
    assert report.to_json() == {**VERIFICATION, "problems": ("labels.txt has changed",)}


def test_a_signature_is_one_of_four_words() -> None:
    with pytest.raises(OutputError, match="signature"):
        VerificationReport.from_json({**VERIFICATION, "signature": "perhaps"})


def test_a_manifest_says_its_files_or_has_no_such_key() -> None:
    manifest = Manifest(format=1, name="x", variant="tflite-int8", device=None, made_with={}, golden={})
    assert "files" not in manifest.to_json()
    assert Manifest.from_json({**manifest.to_json(), "files": {"a": {"sha256": "0", "bytes": 1}}}).to_json()["files"]


def test_a_golden_input_is_given_in_one_way() -> None:
    assert GoldenInput(text="a film").to_json() == {"text": "a film"}
    sample = {"name": "row 2", "label": None, "inputs": {"text": {"text": "a film"}}}
    index = GoldenIndex.from_json({"samples": [sample], "outputs": ["y"]})
    assert index.samples[0].inputs["text"] == GoldenInput(text="a film")


def test_a_verdict_that_there_is_not_is_refused() -> None:
    bundle = {"bundle": "x.edgekit", "bytes": 1, "digest": "sha256:0", "signature": None, "parity": "pass"}
    assert BundleReport.from_json(bundle).parity == "pass"
    with pytest.raises(OutputError, match="parity"):
        BundleReport.from_json({**bundle, "parity": "fine"})
