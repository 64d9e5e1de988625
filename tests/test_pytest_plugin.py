"""The plugin of pytest, in a pytest of its own: what passes, what fails, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgekit.bundle.build import make_bundle

TESTS = """
def test_passes(assert_parity):
    report = assert_parity({model!r}, {artifact!r}, data={data!r}, max_drop=0.05)
    assert report.to_json()["samples"] > 500

def test_fails(assert_parity):
    assert_parity({model!r}, {artifact!r}, data={data!r}, max_drop=0.0)

def test_a_good_bundle(assert_bundle):
    assert_bundle({bundle!r})

def test_a_bad_bundle(assert_bundle):
    assert_bundle({bad!r})
"""


@pytest.fixture(scope="module")
def outcome(demo_run: Path, digits: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("project")
    bundle = make_bundle(demo_run / "artifacts" / "tflite-int8", out=folder / "good.edgekit")
    bad = folder / "bad.edgekit"
    bad.write_bytes(bundle.read_bytes()[:-1] + b"x")
    (folder / "test_release.py").write_text(
        TESTS.format(
            model=str(demo_run / "model"),
            artifact=str(demo_run / "artifacts" / "tflite-int8"),
            data=str(digits),
            bundle=str(bundle),
            bad=str(bad),
        )
    )
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA", "."]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return done.stdout + done.stderr


def test_what_passes_and_what_fails(outcome: str) -> None:
    assert "2 failed, 2 passed" in outcome
    for name in ("test_passes", "test_a_good_bundle"):
        assert f"PASSED test_release.py::{name}" in outcome


def test_why_it_fails_is_said(outcome: str) -> None:
    assert "parity of tflite-int8 is inconclusive: accuracy drop" in outcome
    assert "has changed since it was made" in outcome
    assert "check_parity" not in outcome  # no traceback of edgekit's own
