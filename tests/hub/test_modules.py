"""Modules are read without running them: format, signatures, ops, digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.errors import ModuleError
from edgekit.hub.modules import read_module
from edgekit.system.digests import tree_digest
from edgekit.system.optional import tensorflow
from tests.hub_modules import save_module, weights


def test_a_reusable_module_is_read(tmp_path: Path) -> None:
    tf = tensorflow()
    matrix = weights(2, 3)
    path = save_module(
        tmp_path / "m",
        {"x": ("float32", (None, 2))},
        {"y": ("float32", (None, 3))},
        lambda values: {"y": tf.matmul(values["x"], matrix)},
        [matrix],
    )
    module = read_module("a handle", path)
    assert (module.handle, module.format, module.callable) == ("a handle", "tf2-hub", True)
    (spec,) = module.signatures["serving_default"].inputs
    assert (spec.name, spec.dtype, spec.shape) == ("x", "float32", (None, 2))
    assert module.ops["MatMul"] >= 1
    assert module.risks == ()
    assert module.digest == tree_digest(path)


def test_a_saved_model_with_signatures_only_is_no_layer(tmp_path: Path) -> None:
    tf = tensorflow()
    serve = tf.function(lambda x: {"y": x * 2.0}, input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    tf.saved_model.save(tf.Module(), str(tmp_path / "m"), signatures={"serving_default": serve})
    module = read_module("m", tmp_path / "m")
    assert (module.format, module.callable) == ("saved_model", False)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outer" / "inner").mkdir(parents=True)
    (tmp_path / "outer" / "inner" / "saved_model.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ModuleError, match=r"holds no SavedModel.*did you mean .*inner"):
        read_module("m", tmp_path / "outer")
    with pytest.raises(ModuleError, match="is damaged"):
        read_module("m", tmp_path / "outer" / "inner")
    (tmp_path / "x.txt").touch()
    with pytest.raises(ModuleError, match="neither a SavedModel folder nor a Keras file"):
        read_module("m", tmp_path / "x.txt")
