"""Layers of TensorFlow Hub in Keras files: found in the file, resolved here, trusted as their modules are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from edgekit.errors import ModuleError, ReachError
from edgekit.hub.hub_layers import HubLayer, hub_layers, is_hub_layer, module_paths
from edgekit.hub.keras_files import foreign_classes, layers_of_hub
from edgekit.hub.modules import read_module
from edgekit.hub.trust import check_trust
from edgekit.inference.contenders import load_original
from edgekit.inference.sessions import open_session
from edgekit.original.statements import Statements
from edgekit.system.optional import tensorflow
from tests.hub_modules import Specs, save_module, weights

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``module``, and with ``model.h5`` and ``model.keras`` that hold it as a layer."""
    tf, folder = tensorflow(), tmp_path_factory.mktemp("hub-layers")
    import tensorflow_hub as hub  # after TensorFlow, whose Keras is chosen as it is imported

    kernel = weights(4, 3)
    inputs: Specs = {"x": ("float32", (None, 4))}
    outputs: Specs = {"y": ("float32", (None, 3))}
    module = save_module(folder / "module", inputs, outputs, lambda x: {"y": x["x"] @ kernel}, [kernel])
    layer = hub.KerasLayer(str(module), input_shape=(4,), name="features")
    model = tf.keras.Sequential([layer, tf.keras.layers.Dense(2, activation="softmax")])
    for name in ("model.h5", "model.keras"):
        model.save(folder / name)
    return folder


def with_handle(source: Path, target: Path, handle: str) -> Path:
    """Copy an HDF5 file, with another handle in its layer."""
    shutil.copy(source, target)
    with h5py.File(target, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "KerasLayer":
                layer["config"]["handle"] = handle
        file.attrs["model_config"] = json.dumps(config)
    return target


@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_the_layer_is_read_from_the_file(folder: Path, name: str) -> None:
    assert layers_of_hub(folder / name) == (HubLayer(name="features", handle=str(folder / "module")),)
    assert foreign_classes(folder / name) == []


@pytest.mark.parametrize("module", ["tensorflow_hub.keras_layer_", "evil", "tensorflow_hub.keras_layer.x"])
def test_a_class_of_that_name_from_elsewhere_is_none(module: str) -> None:
    assert is_hub_layer({"class_name": "KerasLayer", "module": "tensorflow_hub.keras_layer"})
    assert not is_hub_layer({"class_name": "KerasLayer", "module": module})


@pytest.mark.parametrize("settings", [None, {}, {"handle": 3}, {"handle": ["a"]}])
def test_a_layer_without_a_handle_is_refused(settings: Any) -> None:
    with pytest.raises(ModuleError, match="names no handle"):
        hub_layers({"layers": [{"class_name": "KerasLayer", "config": settings}]})


def test_the_module_decides_the_digest(folder: Path, tmp_path: Path) -> None:
    whole = read_module("model", folder / "model.h5")
    assert whole.modules == {str(folder / "module"): folder / "module"}
    shutil.copytree(folder / "module", tmp_path / "module")
    (tmp_path / "module" / "fingerprint.pb").unlink()
    moved = with_handle(folder / "model.h5", tmp_path / "model.h5", str(tmp_path / "module"))
    assert read_module("model", moved).digest != whole.digest


@pytest.mark.parametrize("handle", ["/home/somebody/work/module", "work/module", "~/module", "C:\\models\\module"])
def test_a_root_says_where_modules_of_another_machine_lie(folder: Path, tmp_path: Path, handle: str) -> None:
    layers = (HubLayer(name="features", handle=handle),)
    assert module_paths(layers, tmp_path / "model.h5", folder) == {handle: folder / "module"}
    with pytest.raises(ModuleError, match=r"the layer 'features' is the module .*say in which folder") as caught:
        module_paths(layers, tmp_path / "model.h5", None)
    assert caught.value.setting == "root"
    assert caught.value.handle == handle


def test_a_relative_handle_starts_from_the_folder_of_the_file(folder: Path) -> None:
    layers = (HubLayer(name="features", handle="module"),)
    assert module_paths(layers, folder / "model.h5", None) == {"module": folder / "module"}


@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_it_answers_as_before_with_its_module_elsewhere(folder: Path, tmp_path: Path, name: str) -> None:
    """The module lists no variables, so that its copy has to be kept by what the layer reads."""
    values = {"x": np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)}
    tf = tensorflow()
    import tensorflow_hub as hub

    kernel = weights(4, 3)
    inputs: Specs = {"x": ("float32", (None, 4))}
    outputs: Specs = {"y": ("float32", (None, 3))}
    module = save_module(
        tmp_path / "before" / "module", inputs, outputs, lambda x: {"y": x["x"] @ kernel}, [kernel], lists=False
    )
    model = tf.keras.Sequential([hub.KerasLayer(str(module), input_shape=(4,)), tf.keras.layers.Dense(2)])
    before = model(values["x"]).numpy()
    model.save(tmp_path / name)
    (tmp_path / "before").rename(tmp_path / "after")
    with pytest.raises(ModuleError, match="say in which folder"):
        load_original(tmp_path / name, Statements())
    loaded = load_original(tmp_path / name, Statements(root=tmp_path / "after"))
    (entry,) = loaded.contract.inputs
    with open_session(loaded) as session:
        (after,) = session.run(**{entry.name: values["x"]}).values()
    np.testing.assert_allclose(after, before, rtol=1e-5)


def test_nothing_is_fetched_offline(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEKIT_OFFLINE", "1")
    monkeypatch.setenv("EDGEKIT_CACHE", str(tmp_path))
    layers = (HubLayer(name="features", handle="https://127.0.0.1:9/module/1"),)
    with pytest.raises(ReachError, match=r"the layer 'features': .*nothing is fetched"):
        module_paths(layers, folder / "model.h5", None)


def test_what_a_module_may_do_has_to_be_trusted(folder: Path, tmp_path: Path) -> None:
    tf = tensorflow()

    def reading(x: dict[str, Any]) -> dict[str, Any]:
        return {"y": x["x"] + tf.strings.to_number(tf.io.read_file("/etc/hostname"), tf.float32)}

    save_module(tmp_path / "module", {"x": ("float32", (None, 4))}, {"y": ("float32", (None, 4))}, reading, [])
    model = read_module("model", with_handle(folder / "model.h5", tmp_path / "model.h5", str(tmp_path / "module")))
    assert model.risks[0]["op"] == "ReadFile"
    assert model.risks[0]["where"].startswith("layer features, ")
    assert model.signatures == {}  # it is not loaded to find them
    with pytest.raises(ModuleError, match="can do more than compute: ReadFile"):
        check_trust(model, None)
    check_trust(model, model.digest)
