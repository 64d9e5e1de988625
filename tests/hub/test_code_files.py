"""Python files that a user names: a Keras file finds the classes that it was saved with, and nothing else is run."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.errors import ModuleError
from edgekit.hub.code_files import defined_names, run_files
from edgekit.hub.keras_files import load_keras
from edgekit.hub.modules import read_module
from edgekit.original.finished import load_model
from edgekit.system.optional import tensorflow

CODE = """
import {keras} as keras

class Tripled(keras.layers.Layer):
    def call(self, values):
        return 3.0 * values
"""


@pytest.fixture(params=[("tf_keras", "h5"), ("keras", "keras")], ids=["Keras 2", "Keras 3"])
def saved(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A model with a layer of its own, and the file that defines that."""
    name, suffix = request.param
    tensorflow()
    keras = importlib.import_module(name)
    file = tmp_path / f"my_layers_{suffix}.py"
    file.write_text(CODE.format(keras=name))
    layer: Any = run_files([file])["Tripled"]
    entry = keras.Input((2,))
    path = tmp_path / f"model.{suffix}"
    keras.Model(entry, layer()(entry)).save(path)
    monkeypatch.delitem(sys.modules, file.stem)
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder != str(tmp_path)])
    return path, file


def answer(model: Any) -> Any:
    return np.asarray(model(np.array([[1.0, 2.0]], np.float32)))


def test_a_layer_of_ones_own_is_loaded_by_its_file(saved: tuple[Path, Path]) -> None:
    path, file = saved
    np.testing.assert_allclose(answer(load_keras(path, imports=[file])), [[3.0, 6.0]])
    file.write_text(file.read_text().replace("3.0", "4.0"))
    np.testing.assert_allclose(answer(load_keras(path, imports=[file])), [[4.0, 8.0]])


def test_without_the_file_it_is_refused(saved: tuple[Path, Path]) -> None:
    with pytest.raises(ModuleError, match=r"name the Python file that defines it|class from outside of Keras"):
        load_keras(saved[0])


def test_a_file_that_defines_another_class_does_not_help(saved: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "others.py"
    file.write_text("class Other: ...\n")
    with pytest.raises(
        ModuleError, match=r"Tripled is no class of Keras|class Tripled .*, nor .*others.py defines"
    ) as e:
        load_model(saved[0], out=tmp_path / "out", imports=[file])
    assert e.value.setting in ("code", "imports")


def test_its_digest_is_that_of_the_code_too(saved: tuple[Path, Path]) -> None:
    path, file = saved
    module = read_module("model", path, imports=[file])
    assert (module.risks, list(module.signatures)) == ((), ["serving_default"])
    file.write_text(file.read_text().replace("3.0", "4.0"))
    assert read_module("model", path, imports=[file]).digest != module.digest


def test_names_are_read_without_running_the_code(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text("raise ValueError('run')\nclass Own: ...\ndef scaled(x): return x\n")
    assert defined_names([file]) == {"Own", "scaled"}
    with pytest.raises(ModuleError, match=r"code.py fails as it is imported: .*run"):
        run_files([file])
    assert getattr(sys.modules.get("code"), "__file__", None) != str(file)  # that of Python itself stays


def test_what_is_no_python_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text("class :")
    with pytest.raises(ModuleError, match=r"cannot be imported: .* name a file of Python code"):
        defined_names([file])


def test_files_beside_it_stand_in_the_place_of_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    (tmp_path / "colorsys.py").write_text("raise ValueError('the file beside it')\n")
    (tmp_path / "beside_it.py").write_text("FACTOR = 3\n")
    file = tmp_path / "code.py"
    file.write_text("import colorsys\nfrom beside_it import FACTOR\ndef scaled(x): return FACTOR * x\n")
    assert run_files([file])["scaled"](2) == 6  # type: ignore[operator]
    monkeypatch.delitem(sys.modules, "beside_it")
