"""Modules that could do more than compute: found in every function, listed, and refused without trust."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.errors import ModuleError, RecipeError
from edgekit.hub.modules import read_module
from edgekit.hub.risks import RISKY_OPS
from edgekit.hub.trust import check_trust
from edgekit.original.finished import load_model
from edgekit.recipe.reader import parse_recipe


def saved(folder: Path, build: Callable[[Any], Callable[[Any], Any]]) -> Path:
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    module = tf.Module()
    serve = tf.function(build(tf), input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    return folder


def reading(tf: Any) -> Callable[[Any], Any]:
    @tf.function  # type: ignore[untyped-decorator]
    def hidden() -> Any:
        return tf.cast(tf.strings.length(tf.io.read_file("/etc/hostname")), tf.float32)

    return lambda x: {"y": x + tf.cond(tf.reduce_sum(x) > 1e9, hidden, lambda: 0.0)}


def writing(tf: Any) -> Callable[[Any], Any]:
    def serve(x: Any) -> Any:
        with tf.control_dependencies([tf.io.write_file("/tmp/never", "x")]):
            return {"y": x * 2.0}

    return serve


def python(tf: Any) -> Callable[[Any], Any]:
    return lambda x: {"y": tf.reshape(tf.numpy_function(lambda v: v, [x], tf.float32), [-1, 2])}


def printing(tf: Any) -> Callable[[Any], Any]:
    def serve(x: Any) -> Any:
        tf.print("x", output_stream="file:///tmp/never")
        return {"y": x * 2.0}

    return serve


def harmless(tf: Any) -> Callable[[Any], Any]:
    return lambda x: {"y": x * 2.0}


@pytest.mark.parametrize(
    ("build", "op", "risk"),
    [
        (reading, "ReadFile", "reads files"),
        (writing, "WriteFile", "writes files"),
        (python, "PyFunc", "runs Python"),
        (printing, "PrintV2", "writes files"),
    ],
)
def test_a_risk_is_found_and_refused(build: Any, op: str, risk: str, tmp_path: Path) -> None:
    module = read_module("risky", saved(tmp_path / "m", build))
    assert {(found["op"], found["risk"]) for found in module.risks} == {(op, risk)}
    assert "node" in module.risks[0]["where"]
    with pytest.raises(ModuleError, match=rf"can do more than compute: {op} {risk} \(.*node .*trust = \"sha256:"):
        load_model(tmp_path / "m", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_trust_is_the_digest_of_just_this_module(tmp_path: Path) -> None:
    module = read_module("risky", saved(tmp_path / "m", printing))
    check_trust(module, module.digest)
    with pytest.raises(ModuleError, match="is not what trust"):
        check_trust(module, "sha256:" + "0" * 64)
    model = load_model(tmp_path / "m", out=tmp_path / "out", trust=module.digest)
    assert model.contract.outputs[0].name == "y"


def test_a_harmless_module_needs_no_trust(tmp_path: Path) -> None:
    module = read_module("fine", saved(tmp_path / "m", harmless))
    assert module.risks == ()
    check_trust(module, None)


def test_a_vocabulary_of_its_own_is_no_risk_and_a_named_path_is(tmp_path: Path) -> None:
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    (tmp_path / "words.txt").write_text("a\nb\n")
    module = tf.Module()
    initializer = tf.lookup.TextFileInitializer(
        str(tmp_path / "words.txt"),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )
    module.table = tf.lookup.StaticHashTable(initializer, -1)
    serve = tf.function(lambda x: {"y": module.table.lookup(x)}, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"serving_default": serve})
    assert read_module("own", tmp_path / "m").risks == ()

    def named(tf: Any) -> Callable[[Any], Any]:
        def serve(x: Any) -> Any:
            handle = tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64)
            tf.raw_ops.InitializeTableFromTextFileV2(
                table_handle=handle,
                filename=tf.constant("/etc/passwd"),
                key_index=-2,
                value_index=-1,
                vocab_size=-1,
                delimiter="\t",
            )
            return {"y": x * 2.0}

        return serve

    risks = read_module("other", saved(tmp_path / "n", named)).risks
    assert [risk["risk"] for risk in risks] == ["reads files"]


def test_an_op_that_tensorflow_lacks_is_named(tmp_path: Path) -> None:
    """A custom op: the name of a plain one is changed in the file."""
    path = saved(tmp_path / "m", lambda tf: lambda x: {"y": tf.math.erfinv(x)})
    file = path / "saved_model.pb"
    file.write_bytes(file.read_bytes().replace(b"Erfinv", b"Erfinq"))
    with pytest.raises(ModuleError, match=r"needs the op Erfinq \(.*node .*no op of TensorFlow.*use a module without"):
        load_model(path, out=tmp_path / "out")


def test_every_risky_op_exists() -> None:
    """A misspelt name would watch for nothing."""
    from edgekit.system.optional import tensorflow

    tensorflow()
    from tensorflow.python.framework import op_def_registry

    assert [op for ops in RISKY_OPS.values() for op in ops if op_def_registry.get(op) is None] == []


def test_keras_files_with_code(tmp_path: Path) -> None:
    from edgekit.system.optional import tensorflow

    keras = tensorflow().keras
    for name in ("m.h5", "m.keras"):
        keras.Sequential([keras.Input([2]), keras.layers.Lambda(lambda x: x * 3)]).save(tmp_path / name)
        with pytest.raises(ModuleError, match=r"can do more than compute: Lambda runs Python"):
            load_model(tmp_path / name, out=tmp_path / "out")
    digest = read_module("m", tmp_path / "m.h5").digest
    model = load_model(tmp_path / "m.h5", out=tmp_path / "out", trust=digest)
    from edgekit.inference.sessions import open_session

    with open_session(model) as session:
        found = session.run(**{model.contract.inputs[0].name: np.ones([1, 2], np.float32)})
    assert next(iter(found.values())).tolist() == [[3, 3]]


def test_a_recipe_states_trust_as_a_digest(tmp_path: Path) -> None:
    value: dict[str, Any] = {"name": "x", "model": "m", "data": {"test": "t"}, "trust": "yes"}
    with pytest.raises(RecipeError, match="trust has to be the digest"):
        parse_recipe(value, base=tmp_path)
    assert parse_recipe({**value, "trust": "sha256:" + "a" * 64}, base=tmp_path).trust == "sha256:" + "a" * 64
