from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgekit.adapters.delegate import delegate_names
from edgekit.adapters.device import PROCESS
from edgekit.adapters.runtime import runtimes
from edgekit.errors import SessionError
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.remote.profiles import device_names, load_profile
from edgekit.system import registry
from edgekit.system.optional import installed_version

ROOT = Path(__file__).parent.parent.parent
HEAVY = {"tensorflow", "tf_keras", "tensorflow_hub", "onnx", "onnxruntime", "matplotlib", "sklearn", "scipy", "tf2onnx"}


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8", "tflite-int8full", "tflite-int16x8", "onnx-int8"])
def test_sessions_hide_what_is_inside(variant: str, demo_run: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / variant)
    generator = np.random.default_rng(0)
    for runtime, adapter in runtimes(PROCESS).items():
        if artifact.format not in adapter.FORMATS or installed_version(adapter.PACKAGE) is None:
            continue
        with open_session(artifact, runtime=runtime, threads=2) as session:
            for batch in (1, 3, 2):
                photos = generator.random((batch, 32, 32, 3), np.float32)
                found = session.run(image=photos)["probabilities"]
                assert (found.shape, found.dtype.name) == ((batch, 10), "float32")
                np.testing.assert_allclose(found.sum(1), 1, atol=0.05)
                alone = session.run(image=photos[:1])["probabilities"]
                np.testing.assert_allclose(found[:1], alone, atol=0.02)
            for inputs, message in (
                ({"image": photos[:, :8]}, r"'image' is \[2, 8, 32, 3\]"),
                ({"imgae": photos}, "no input 'imgae'; did you mean 'image'"),
                ({}, "'image' is missing"),
            ):
                with pytest.raises(SessionError, match=message):
                    session.run(**inputs)


def test_raw_integers_where_asked_for(demo_run: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-int8full")
    assert artifact.contract is not None
    assert artifact.contract.inputs[0].quantization is not None
    with open_session(artifact, raw=True) as session:
        found = session.run(image=np.zeros([1, 32, 32, 3], np.int8))["probabilities"]
        assert found.dtype == np.int8


def test_the_core_imports_light() -> None:
    code = "import sys, edgekit, edgekit.pipeline.pipeline; print(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_adapters_import_no_sibling_and_the_core_no_adapter() -> None:
    kinds = ("converters", "runtimes", "devices")
    for folder in ("edgekit", *kinds):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                for name in names:
                    assert not name.startswith(tuple(f"edgekit.{kind}" for kind in kinds)), f"{path}: {name}"


def test_public_names() -> None:
    import edgekit

    for name in edgekit.__all__:
        assert getattr(edgekit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'conver'"):
        _ = edgekit.conver


@pytest.mark.parametrize("name", device_names())
def test_every_device_profile_says_what_it_is_and_whence(name: str) -> None:
    profile = load_profile(name)
    assert profile["title"]
    assert set(profile["runtimes"]) <= set(registry.names("runtimes"))
    assert set(profile["delegates"]) <= set(delegate_names())
    assert profile["delegates"]
    assert isinstance(profile["limits"], list)
    assert profile["source"]
    if name != "host":
        assert profile["source"].startswith("https://")
    if name not in ("host", "coral_usb"):  # these are of any machine
        assert profile["cores"] > 0
        assert all(0 < gigabytes < 64 for gigabytes in profile["memory_gb"])
