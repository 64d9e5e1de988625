"""What the runner in a bundle answers, with no edgekit and no TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgekit.bundle import build as making

CODE = Path(making.__file__).parent / "code"


@pytest.fixture(scope="module")
def bare_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with numpy, Pillow and an interpreter, and nothing else."""
    folder = tmp_path_factory.mktemp("packages")
    site = Path(np.__file__).parent.parent
    for pattern in ("numpy*", "PIL", "pillow*", "ai_edge_litert*"):
        for each in site.glob(pattern):
            (folder / each.name).symlink_to(each)
    return folder


def run_bare(bundle: Path, packages: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", str(bundle), *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(packages)},
        cwd=bundle.parent,
    )


def test_its_runner_takes_pixels_as_it_takes_files(demo_run: Path, tmp_path: Path, runner: Any) -> None:
    """A camera's frame is prepared like a photo; a tensor is taken as it is; anything else is refused."""
    pixels = np.random.default_rng(0).integers(0, 256, [40, 30, 3], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    told = {"kind": "image", "dtype": "float32", "shape": [None, 32, 48, 3], "key": "x", "range": [-1.0, 1.0]}
    wanted = runner.prepared(tmp_path / "x.png", "x", told)
    for given in (pixels, pixels[None], Image.fromarray(pixels)):
        assert np.array_equal(runner.prepared(given, "x", told), wanted)
    assert runner.prepared(wanted, "x", told) is wanted
    for wrong in (pixels[..., 0], wanted[0]):
        with pytest.raises(ValueError, match=r"pixels are uint8|the model takes"):
            runner.prepared(wrong, "x", told)


def test_its_runner_says_what_is_wrong_in_a_line(bundle: Path, bare_packages: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    for words in (["nothing.jpg"], [str(tmp_path / "text.jpg")], ["--verify", "--delegate", "libnone.so"]):
        found = run_bare(bundle, bare_packages, *words)
        assert found.returncode == 1
        assert found.stderr.splitlines()[-1].startswith("digits.edgekit: ")
        assert "Traceback" not in found.stderr or "Delegate.__del__" in found.stderr  # which is LiteRT's own
    for words in ([], ["x.jpg", "--top", "0"], ["x.jpg", "--verify"]):
        assert run_bare(bundle, bare_packages, *words).returncode == 2


def test_its_runner_prints_json(bundle: Path, bare_packages: Path, digits: Path) -> None:
    found = run_bare(bundle, bare_packages, str(digits / "seven"), "--json", "--top", "1")
    predictions = json.loads(found.stdout)["predictions"]
    assert len(predictions) == len(list((digits / "seven").iterdir()))
    assert sum(each["top"][0]["label"] == "seven" for each in predictions) > 0.9 * len(predictions)


def test_its_runner_needs_no_edgekit(bundle: Path, bare_packages: Path, demo_run: Path, digits: Path) -> None:
    found = run_bare(bundle, bare_packages, "--verify")
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "all is as it was made"
    photo = next((digits / "seven").iterdir())
    answer = run_bare(bundle, bare_packages, str(photo), "--top", "1")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[1].split()[0] == "seven"


def test_its_runner_refuses_a_changed_byte(bundle: Path, bare_packages: Path, tmp_path: Path) -> None:
    content = bytearray(bundle.read_bytes())
    content[content.index(b"TFL3") + 100] ^= 1
    bad = tmp_path / "bad.edgekit"
    bad.write_bytes(content)
    found = run_bare(bad, bare_packages, "--verify")
    assert found.returncode == 1
    assert "has changed since it was made" in found.stderr


@pytest.fixture(scope="module")
def runner() -> Any:
    import importlib.util

    spec = importlib.util.spec_from_file_location("edgekit_model", CODE / "edgekit_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
