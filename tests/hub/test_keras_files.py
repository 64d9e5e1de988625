"""Keras files: read by the Keras that wrote them, and never run before they are trusted."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from edgekit.errors import ModuleError
from edgekit.hub.keras_files import foreign_classes, keras_signature, layer_classes, load_keras
from edgekit.system.optional import tensorflow

pytestmark = pytest.mark.filterwarnings("ignore")


def saved(path: Path, *layers: Any) -> Path:
    keras = tensorflow().keras
    keras.Sequential([keras.Input([2], name="x"), *layers]).save(path)
    return path


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_classes_and_signature_are_read(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / name, tensorflow().keras.layers.Dense(3))
    assert "Dense" in layer_classes(path)
    assert foreign_classes(path) == []
    signature = keras_signature(path)
    assert [spec.shape for spec in signature.inputs] == [(None, 2)]
    assert [spec.shape for spec in signature.outputs] == [(None, 3)]
    assert load_keras(path).count_params() == 9


def test_python_code_is_loaded_only_if_it_is_trusted(tmp_path: Path) -> None:
    path = saved(tmp_path / "model.keras", tensorflow().keras.layers.Lambda(lambda x: x * 3))
    with pytest.raises(ModuleError, match="holds a Lambda layer") as caught:
        load_keras(path)
    assert caught.value.path == path
    assert load_keras(path, trusted=True).count_params() == 0


def test_weights_alone_are_no_model(tmp_path: Path) -> None:
    keras = tensorflow().keras
    keras.Sequential([keras.Input([2]), keras.layers.Dense(3)]).save_weights(tmp_path / "weights.h5")
    with pytest.raises(ModuleError, match="weights only"):
        layer_classes(tmp_path / "weights.h5")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(b"no model")
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    for name in ("model.h5", "model.keras"):
        with pytest.raises(ModuleError, match="is not a Keras file"):
            layer_classes(tmp_path / name)
