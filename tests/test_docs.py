from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgekit.bundle.build import make_bundle
from edgekit.cli.arguments import parser
from edgekit.cli.main import main
from edgekit.recipe.reader import load_recipe, parse_recipe
from tests.lab.phone import has_adb, lab_phone, make_tool

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


PAGES = (
    "architectures.md",
    "bring-your-own-model.md",
    "compression.md",
    "devices.md",
    "ship-to-a-pi.md",
    "ship-to-android.md",
    "ship-to-coral.md",
    "shipping.md",
    "validate-after-quantization.md",
)
OTHERS = "".join((ROOT / "docs" / name).read_text() for name in PAGES)


def commands(text: str) -> list[str]:
    found = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)  # in a list it is indented
    return [line.strip() for block in found for line in block.splitlines() if line.strip().startswith("edgekit ")]


COMMANDS = commands(README)


def test_every_page_is_read() -> None:
    tested_elsewhere = {"architecture.md", "recipe-keys.md", "text-and-audio.md", "without-classes.md"}
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == {*PAGES, *tested_elsewhere}
    assert len(commands(OTHERS)) > 30


def test_the_readme_shows_the_commands() -> None:
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("command", dict.fromkeys([*COMMANDS, *commands(OTHERS)]))
def test_every_command_in_the_docs_runs(
    command: str, demo_run: Path, digits: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """On the demo's model and pictures in place of the flowers; each command's input is made if an earlier made it."""
    places = {
        "examples/flowers.toml": str(demo_run / "source" / "digits.toml"),
        "build/flowers/model": str(demo_run / "model"),
        "build/artifacts/": str(demo_run / "artifacts") + "/",
        "build/flowers/artifacts/": str(demo_run / "artifacts") + "/",
        "ssh://pi@raspberrypi.local": f"popen:{sys.executable}",
        "popen:.venv-device/bin/python": f"popen:{sys.executable}",
        "--out build/flowers.edgekit": f"--out {tmp_path}/made.edgekit",
        "--root examples": f"--root {demo_run / 'source'}",
        "CALIBRATION": str(digits),
        "PHOTO ": f"{next((digits / 'seven').iterdir())} ",
        "PHOTOS": str(digits),
    }
    if command.startswith(("edgekit debug", "edgekit plan")):  # what they find goes into the run's report
        shutil.copytree(demo_run / "artifacts", tmp_path / "artifacts")
        places["build/flowers/artifacts/"] = str(tmp_path / "artifacts") + "/"
    if "adb:" in command:
        places = {**places, **request.getfixturevalue("phone"), "PHOTOS": str(few(digits, tmp_path))}
    if command.startswith("edgekit run"):
        places["build/flowers"] = str(demo_run)  # the run that is there is kept, so this is its second time
    if command.startswith("edgekit lock"):  # which writes beside the recipe: not where others read
        shutil.copytree(demo_run / "source", tmp_path / "source")
        places["examples/flowers.toml"] = str(tmp_path / "source" / "digits.toml")
    if command.startswith("edgekit search"):  # of precisions alone, on the model that is there
        text = (demo_run / "source" / "digits.toml").read_text()
        limits = '[search]\nsparsity = []\nclusters = []\nqat = false\nwithout = ["int16x8", "w4", "dynamic4"]\n'
        shutil.copytree(demo_run / "source", tmp_path / "source")
        (tmp_path / "source" / "digits.toml").write_text(text + limits)
        places["examples/flowers_small.toml"] = str(tmp_path / "source" / "digits.toml")
        for name in ("model", ".edgekit"):
            shutil.copytree(demo_run / name, tmp_path / "out" / name)
    if re.search(r"(?<!--out )build/flowers\.edgekit", command):
        made = tmp_path / "flowers.edgekit"
        make_bundle(demo_run / "artifacts" / "tflite-int8", out=made)
        places["build/flowers.edgekit"] = str(made)
    for text, place in places.items():
        command = command.replace(text, place)
    command = re.sub(r"--out build/[\w-]+", f"--out {tmp_path}/out", command)
    assert main(shlex.split(command)[1:]) in (0, 3)


def few(digits: Path, folder: Path) -> Path:
    """Return three pictures of each class: a phone takes its time for each."""
    for source in digits.iterdir():
        (folder / "few" / source.name).mkdir(parents=True)
        for picture in sorted(source.iterdir())[:3]:
            shutil.copy(picture, folder / "few" / source.name)
    return folder / "few"


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What stands in the place of a phone and its tool in a command."""
    if not has_adb():
        pytest.skip("adb is not installed: apt-get install adb")
    with lab_phone(tmp_path / "phone") as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("EDGEKIT_PHONE_FOLDER", str(tmp_path / "on-the-phone"))
        tool = make_tool(tmp_path)
        yield {"~/benchmark_model": str(tool), "--device adb: ": f"--device adb: --benchmark-model {tool} "}


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_the_recipe_in_the_readme_is_one() -> None:
    import tomllib

    recipe = parse_recipe(tomllib.loads(blocks("toml")[0]), base=ROOT)
    assert recipe.name == "flowers"


def test_the_examples_are_recipes() -> None:
    for path in sorted((ROOT / "examples").glob("*.toml")):
        assert load_recipe(path).name == path.stem


def test_python_in_the_readme_uses_public_names() -> None:
    import edgekit

    for block in blocks("python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ek":
                assert node.attr in edgekit.__all__
                assert hasattr(edgekit, node.attr)


def test_every_command_is_in_the_readme() -> None:
    text = parser().format_help()
    commands = re.findall(r"^    (\w+)(?: |$)", text, flags=re.MULTILINE)
    assert set(commands) == {
        "demo",
        "run",
        "inspect",
        "tune",
        "convert",
        "parity",
        "bench",
        "plan",
        "debug",
        "search",
        "devices",
        "doctor",
        "lock",
        "bundle",
        "verify",
        "predict",
        "reproduce",
        "completion",
    }
    named = {command.split()[1] for command in COMMANDS}
    # The README runs the one by `make demo`, the other by the shell's eval.
    assert set(commands) - named == {"demo", "completion"}


def test_the_steps_of_other_peoples_ci_run(demo_run: Path, tmp_path: Path) -> None:
    """What a workflow of GitHub runs, line by line by the shell that it has; installing is what a fresh clone tests."""
    page = (ROOT / "docs" / "shipping.md").read_text()
    steps = [step for step in re.findall(r"^ +- run: (.+)$", page, flags=re.MULTILINE) if not step.startswith("pip ")]
    assert len(steps) == 4
    shutil.copytree(demo_run / "source", tmp_path, dirs_exist_ok=True)
    (tmp_path / "digits.toml").rename(tmp_path / "flowers.toml")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    shell = {**os.environ, "PATH": path, "GITHUB_STEP_SUMMARY": str(tmp_path / "said")}
    for step in steps:
        words = ["bash", "-eo", "pipefail", "-c", step]
        done = subprocess.run(words, cwd=tmp_path, env=shell, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{step}: {done.stderr}"
    assert (tmp_path / "said").read_text().startswith("### digits: pass")
    assert (tmp_path / "flowers.edgekit").is_file()
