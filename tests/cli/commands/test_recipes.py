"""Commands that take a recipe: faults in it are named with its file, and paths hold from where a command ran."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edgekit.cli.commands.recipes import _from_here
from edgekit.cli.main import main
from edgekit.documents.run import RunReport
from tests.cli.commands.conftest import Printed
from tests.documents.validation import check_document


@pytest.mark.parametrize("text", ["name = = 1", "name = 'x'\n[inputs.image]\nmodule = 'm'\n[data]\ntrian = 'd'\n"])
def test_a_bad_recipe_is_named(text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recipe = tmp_path / "bad.toml"
    recipe.write_text(text)
    assert main(["run", str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert str(recipe) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_paths_hold_from_where_the_command_ran(demo_run: Path) -> None:
    report = RunReport.load(demo_run / "report.json")
    printed = _from_here(report, demo_run)
    assert printed.model is not None
    assert all(Path(path).exists() for path in (printed.model.path, printed.report))
    assert all(entry.path is not None and Path(entry.path).is_dir() for entry in printed.artifacts)
    assert not any(Path(entry.path or "").is_absolute() for entry in report.artifacts), "the run's own are relative"
    check_document(json.loads(json.dumps(printed.to_json())), "run")


def test_pictures_are_left_to_the_report(demo_run: Path) -> None:
    printed = json.dumps(_from_here(RunReport.load(demo_run / "report.json"), demo_run).to_json())
    assert "data:image" in (demo_run / "report.json").read_text()
    assert "data:image" not in printed


def test_a_model_that_is_tuned_already_is_told(demo_run: Path, tmp_path: Path, printed_json: Printed) -> None:
    out = tmp_path / "out"
    for name in ("model", ".edgekit"):
        shutil.copytree(demo_run / name, out / name)
    assert main(["tune", str(demo_run / "source" / "digits.toml"), "--out", str(out), "--json"]) == 0
    document = printed_json()
    check_document(document, "tuning")
    assert document["model"] == str(out / "model")
    assert document["name"] == "digits"


def test_a_finished_model_has_nothing_to_tune(
    demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = demo_run / "source" / "digits"
    recipe = tmp_path / "finished.toml"
    recipe.write_text(
        f'name = "r"\nmodel = "{demo_run / "model"}"\n[data]\ntest = "{data}"\n[variants]\nbuild = ["onnx-fp32"]\n'
    )
    assert main(["tune", str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert "there is nothing to tune" in capsys.readouterr().err


def test_a_lock_is_printed_with_its_file(demo_run: Path, tmp_path: Path, printed_json: Printed) -> None:
    shutil.copytree(demo_run / "source", tmp_path / "source", ignore=shutil.ignore_patterns("*.lock", "digits"))
    recipe = tmp_path / "source" / "digits.toml"
    assert main(["lock", str(recipe), "--json"]) == 0
    document = printed_json()
    lock = Path(document.pop("lock"))
    assert lock.parent == recipe.parent
    assert json.loads(lock.read_text()) == document
