"""Runtimes as a device has them: what they refuse is told in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from edgekit.remote.shim.errors import DelegateRefused, Refused
from edgekit.remote.shim.interpreters import OnnxModel, TFLiteModel, import_there

LITERT = "ai_edge_litert.interpreter"


@pytest.fixture(scope="module")
def doubling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX file that adds its input, of any length, to itself."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubling",
        [helper.make_tensor_value_info("x", kind, ["n", 2])],
        [helper.make_tensor_value_info("y", kind, ["n", 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path_factory.mktemp("onnx") / "doubling.onnx"
    onnx.save(model, str(path))
    return path


def test_an_onnx_model(doubling: Path) -> None:
    model = OnnxModel("onnxruntime", str(doubling), 1)
    ports = model.ports()
    assert ports["inputs"] == [{"name": "x", "type": "tensor(float)", "shape": [None, 2]}]
    assert ports["outputs"] == [{"name": "y", "type": "tensor(float)", "shape": [None, 2]}]
    values: Any = np.array([[1.0, np.nan]], np.float32)
    np.testing.assert_array_equal(model.run({"x": values})["y"], 2 * values)
    assert model.run({"x": np.zeros((0, 2), np.float32)})["y"].shape == (0, 2)
    with pytest.raises(Refused, match="x"):
        model.run({"x": np.zeros((1, 3), np.float32)})


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"no model at all"):
        (tmp_path / "model").write_bytes(content)
        with pytest.raises(Refused):
            OnnxModel("onnxruntime", str(tmp_path / "model"), 1)
        with pytest.raises(Refused):
            TFLiteModel(LITERT, str(tmp_path / "model"), 1, None)


def test_a_module_that_is_not_there() -> None:
    assert import_there("json").__name__ == "json"
    with pytest.raises(Refused, match="no_such_module cannot be imported: No module named"):
        import_there("no_such_module")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of what never came to be
@pytest.mark.parametrize("content", [None, b"", b"no library"])
def test_a_library_that_does_not_load_is_named(content: bytes | None, tmp_path: Path) -> None:
    library = tmp_path / "libdelegate.so"
    reason = "there is no such file" if content is None else ".+"
    if content is not None:
        library.write_bytes(content)
    with pytest.raises(DelegateRefused, match=f"^{library} cannot be loaded: {reason}$"):
        TFLiteModel(LITERT, "unread.tflite", 1, {"library": str(library), "options": {}})
