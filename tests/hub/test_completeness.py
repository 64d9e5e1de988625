"""A SavedModel of which a file is missing is refused, and the file is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from edgekit.errors import ModuleError
from edgekit.hub.modules import read_module
from edgekit.original.finished import load_model
from edgekit.system.optional import tensorflow

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel with a variable and an asset."""
    tf = tensorflow()
    folder = tmp_path_factory.mktemp("saved")
    (folder / "words.txt").write_text("a\nb\n")
    line, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    words = tf.lookup.TextFileInitializer(str(folder / "words.txt"), tf.string, line, tf.int64, number)
    module = tf.Module()
    module.weights, module.table = tf.Variable([1.0, 2.0]), tf.lookup.StaticVocabularyTable(words, 1)
    spec = tf.TensorSpec([None], tf.string, name="text")
    serve = tf.function(lambda text: {"y": tf.gather(module.weights, module.table.lookup(text) % 2)})
    signatures = {"serving_default": serve.get_concrete_function(spec)}
    tf.saved_model.save(module, str(folder / "m"), signatures=signatures)
    return folder / "m"


def without(saved: Path, folder: Path, name: str) -> Path:
    shutil.copytree(saved, folder)
    (shutil.rmtree if (folder / name).is_dir() else Path.unlink)(folder / name)
    return folder


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("variables", "no folder variables/ in it, which holds the weights"),
        ("variables/variables.index", "no variables/variables.index"),
        ("variables/variables.data-00000-of-00001", r"no variables/variables.data-\*, which holds the weights"),
        ("assets/words.txt", "no assets/words.txt, a file that the model reads"),
    ],
)
def test_what_is_missing_is_named(saved: Path, tmp_path: Path, name: str, reason: str) -> None:
    read_module("m", saved)
    with pytest.raises(ModuleError, match=reason):
        read_module("m", without(saved, tmp_path / "m", name))


def test_a_shard_that_is_missing_is_counted(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    shutil.copytree(saved, folder)
    shard = folder / "variables" / "variables.data-00000-of-00001"
    shard.rename(shard.with_name("variables.data-00000-of-00002"))
    with pytest.raises(ModuleError, match=r"of the 2 files variables/variables.data-\* there are 1"):
        read_module("m", folder)


def test_weights_that_end_early_are_a_damaged_model_and_no_cache(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    shutil.copytree(saved, folder)
    shard = folder / "variables" / "variables.data-00000-of-00001"
    shard.write_bytes(shard.read_bytes()[:4])
    with pytest.raises(ModuleError, match=f"TensorFlow cannot load {folder}"):
        load_model(folder)


def test_a_model_without_a_signature_is_told(tmp_path: Path) -> None:
    tf = tensorflow()
    module: Any = tf.Module()
    module.weights = tf.Variable([1.0])
    tf.saved_model.save(module, str(tmp_path / "m"))
    with pytest.raises(ModuleError, match="holds no signature"):
        load_model(tmp_path / "m")
