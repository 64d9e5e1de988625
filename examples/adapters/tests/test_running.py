"""A runtime, a delegate and a transport of one file each: the same model runs in all that are here."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import edgekit
from edgekit.adapters.delegate import parse_delegate
from edgekit.cli.main import main
from edgekit.errors import DelegateError, EdgekitError, ReachError
from edgekit.models.artifact import Artifact
from edgekit.original.finished import load_model
from edgekit.planning import plan
from edgekit.remote.address import parse_address
from edgekit.system.optional import tensorflow

X = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    """A dense layer as ONNX and as TFLite, of floats and of integers."""
    tf = tensorflow()
    folder = tmp_path_factory.mktemp("dense")
    module = tf.Module()
    module.weights = tf.Variable(np.random.default_rng(1).normal(size=(8, 4)).astype(np.float32))
    signature = tf.function(lambda x: {"y": x @ module.weights}, input_signature=[tf.TensorSpec([None, 8], name="x")])
    tf.saved_model.save(module, str(folder / "saved"), signatures={"serving_default": signature})
    model = load_model(folder / "saved", out=folder / "model")
    variants = ("onnx-fp32", "tflite-fp32", "tflite-int8full")
    return {name: edgekit.convert(model, name, data={"x": X}, out=folder / "artifacts") for name in variants}


def open_and_close(artifact: Artifact, *, delegate: str) -> None:
    with edgekit.open_session(artifact, delegate=delegate):
        pass


def test_a_runtime(artifacts: dict[str, Artifact]) -> None:
    with edgekit.open_session(artifacts["onnx-fp32"]) as session:
        usual = session.run(x=X)["y"]
        assert session.runtime == "onnxruntime"
    with edgekit.open_session(artifacts["onnx-fp32"], runtime="onnx_reference") as session:
        np.testing.assert_allclose(session.run(x=X)["y"], usual, atol=1e-5)
        assert session.runtime == "onnx_reference"


def test_a_runtime_in_the_command_line(artifacts: dict[str, Artifact], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(artifacts["onnx-fp32"].path), "--runtime", "onnx_reference", "--runs", "3"]) == 0
    assert "onnx_reference" in capsys.readouterr().out


def test_a_delegate_is_planned_for(artifacts: dict[str, Artifact]) -> None:
    assert not any(op.delegated for op in plan(artifacts["tflite-fp32"].file, "vx").ops)
    assert all(op.delegated for op in plan(artifacts["tflite-int8full"].file, "vx").ops)


def test_a_delegate_is_loaded(artifacts: dict[str, Artifact]) -> None:
    with pytest.raises(DelegateError, match=r"NXP's Linux images have the library"):
        open_and_close(artifacts["tflite-int8full"], delegate="vx")


def test_a_delegate_refuses_what_it_does_not_know() -> None:
    with pytest.raises(EdgekitError, match="takes nothing behind the colon"):
        parse_delegate("vx:fast")


def test_a_transport(artifacts: dict[str, Artifact]) -> None:
    with edgekit.open_session(artifacts["tflite-fp32"]) as session:
        here = session.run(x=X)["y"]
    with edgekit.open_session(artifacts["tflite-fp32"], device=f"venv:{sys.prefix}") as session:
        np.testing.assert_allclose(session.run(x=X)["y"], here, atol=1e-5)


def test_a_transport_refuses_what_is_no_environment(tmp_path: Path) -> None:
    with pytest.raises(ReachError, match="no environment of Python"):
        parse_address(f"venv:{tmp_path}")
