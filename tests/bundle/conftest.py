"""What the tests of bundles share."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.bundle.build import make_bundle


@pytest.fixture(scope="module")
def bundle(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path_factory.mktemp("bundle") / "digits.edgekit")
