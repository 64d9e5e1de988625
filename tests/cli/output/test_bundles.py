"""Bundles as people read them: good or BAD, with what is wrong, and nothing said that was not measured."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.cli.output.bundles import bundle, reproduction, verification
from edgekit.documents.bundle import BundleReport, GoldenError, ReproductionReport, VerificationReport

BUNDLE = BundleReport(bundle="b.edgekit", bytes=2_000_000, digest="sha256:00", signature=None, parity="pass")
GOOD = VerificationReport(
    ok=True, problems=(), digest="sha256:00", golden=None, signature=None, runtime=None, device="host"
)


def test_a_bundle_says_how_it_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    bundle(BUNDLE)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "bundle: b.edgekit, 2.00 MB"
    assert printed[-1] == "on the device: python3 b.edgekit --verify"
    assert "parity: pass" in printed
    assert not any("signed" in line for line in printed)


def test_what_was_not_measured_passes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    bundle(replace(BUNDLE, parity=None, signature="b.edgekit.sig"))
    printed = capsys.readouterr().out
    assert "parity: not measured" in printed
    assert "signed: b.edgekit.sig" in printed


def test_a_good_bundle_has_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    verification("b.edgekit", GOOD)
    assert capsys.readouterr().out == "b.edgekit: good\n"


def test_a_bad_bundle_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    golden = {"probabilities": GoldenError(error=0.5, limit=0.01)}
    problems = ("the answers are too far from the original's", "model.tflite was changed " + "since then " * 12)
    bad = replace(GOOD, ok=False, problems=problems, golden=golden, runtime="litert", signature="not checked")
    verification("b.edgekit", bad)
    printed = capsys.readouterr().out
    assert "b.edgekit on host, litert: BAD" in printed
    assert "probabilities: 0.5 from the original on its golden samples, limit 0.01" in printed
    assert "signature: not checked; give --key to check it" in printed
    assert "  the answers are too far" in printed
    assert all(len(line) <= 80 for line in printed.splitlines())


@pytest.mark.parametrize("signature", ["good", "bad", "missing"])
def test_a_signature_that_was_checked_needs_no_key(signature: str, capsys: pytest.CaptureFixture[str]) -> None:
    verification("b.edgekit", VerificationReport.from_json({**GOOD.to_json(), "signature": signature}))
    assert f"signature: {signature}\n" in capsys.readouterr().out


def test_what_differs_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    same = ReproductionReport(bundle="again.edgekit", same=True, differences=())
    reproduction(same)
    assert capsys.readouterr().out == "made again: again.edgekit\nthe same bytes\n"
    reproduction(replace(same, same=False, differences=("tensorflow: 2.0 then, 2.1 now",)))
    assert capsys.readouterr().out.endswith("it differs:\n  tensorflow: 2.0 then, 2.1 now\n")
