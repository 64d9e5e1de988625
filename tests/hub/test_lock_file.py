from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edgekit.cli.main import main
from edgekit.errors import ModuleError, RecipeError
from edgekit.original.tuning import find_modules, lock_modules
from edgekit.recipe.reader import load_recipe


@pytest.fixture
def recipe(demo_run: Path, tmp_path: Path) -> Path:
    """A copy of the demo's recipe and module, to change."""
    shutil.copytree(demo_run / "source", tmp_path / "source", ignore=shutil.ignore_patterns("*.lock"))
    return tmp_path / "source" / "digits.toml"


def test_a_pinned_module_passes_and_a_changed_one_does_not(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lock", str(recipe)]) == 0
    assert "module: sha256:" in capsys.readouterr().out
    value = json.loads(recipe.with_suffix(".lock").read_text())
    found = find_modules(load_recipe(recipe))["image"]
    assert value["modules"]["module"]["digest"] == found.digest
    (recipe.parent / "module" / "assets").mkdir(exist_ok=True)
    (recipe.parent / "module" / "assets" / "words.txt").write_text("changed")
    with pytest.raises(ModuleError, match=r"module has changed: digits\.lock pins sha256:.*edgekit lock"):
        find_modules(load_recipe(recipe))
    assert main(["run", str(recipe), "--out", str(recipe.parent / "out")]) == 2
    assert not (recipe.parent / "out").exists()
    assert main(["lock", str(recipe), "--json"]) == 0
    find_modules(load_recipe(recipe))


def test_a_module_that_is_not_pinned(recipe: Path) -> None:
    lock_modules(load_recipe(recipe))
    (recipe.parent / "other").symlink_to(recipe.parent / "module")
    recipe.write_text(recipe.read_text().replace('module = "module"', 'module = "other"'))
    with pytest.raises(RecipeError, match=r"digits\.lock does not pin other"):
        find_modules(load_recipe(recipe))


@pytest.mark.parametrize("content", ["", "[]", '{"modules": 3}', '{"modules": {"module": {}}}'])
def test_a_damaged_lock_file_is_an_error(recipe: Path, content: str) -> None:
    recipe.with_suffix(".lock").write_text(content)
    with pytest.raises(RecipeError, match=r"digits\.lock is not a lock file that can be read"):
        find_modules(load_recipe(recipe))


def test_a_finished_model_is_pinned_too(demo_run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    model, data = demo_run / "model", demo_run / "source" / "digits"
    recipe = tmp_path / "r.toml"
    recipe.write_text(f'name = "r"\nmodel = "{model}"\n[data]\ntest = "{data}"\n[variants]\nbuild = ["onnx-fp32"]\n')
    value = lock_modules(load_recipe(recipe))
    assert list(value["modules"]) == [str(model)]
    value["modules"][str(model)]["digest"] = "sha256:" + "0" * 64
    recipe.with_suffix(".lock").write_text(json.dumps(value))
    assert main(["run", str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert "has changed: r.lock pins sha256:0000" in capsys.readouterr().err
