"""Each document has one schema, which is that of its struct and holds for what commands really print."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from edgekit.cli.main import main
from tests.documents.validation import check_document, schema
from tools.schemas import DOCUMENTS, FOLDER, schema_text

KEYS = {
    "run": {"name", "model", "artifacts", "report"},
    "parity": {"verdict", "samples", "variant", "runtime", "device", "delegate", "outputs", "task", "gates"},
    "bench": {"variant", "runtime", "device", "delegate", "threads", "runs", "latency_ms", "load_ms", "first_ms"}
    | {"peak_rss_bytes", "measured_on"},
    "plan": {"delegate", "basis", "ops", "delegated", "total", "partitions"},
    "prediction": {"predictions"},
    "inspection": {"handle", "digest", "format", "signatures", "bytes", "ops", "risks"},
    "verification": {"ok", "problems"},
}
"""What users' scripts rely on."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_file_is_what_the_struct_says(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == schema_text(name), "run python -m tools.schemas"


def test_there_is_no_schema_of_nothing() -> None:
    others = {"recipe"}  # what users write; it has a script and a test of its own
    assert {file.stem for file in FOLDER.glob("*.json")} - others == set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_key_is_described(name: str) -> None:
    for part, definition in schema(name)["$defs"].items():
        assert definition["description"].endswith("."), part
        undescribed = [key for key, entry in definition["properties"].items() if "description" not in entry]
        inherited = ("as those of" in definition["description"]) or part in ("DeviceParity", "DeviceLatency")
        assert not undescribed or inherited, (part, undescribed)


@pytest.mark.parametrize("name", KEYS)
def test_what_scripts_rely_on_is_required(name: str) -> None:
    part = schema(name)["$ref"].rpartition("/")[2]
    assert KEYS[name] <= set(schema(name)["$defs"][part]["required"])


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty pictures of noise, with labels."""
    photos = np.random.default_rng(0).integers(0, 256, [20, 32, 32, 3], np.uint8)
    file = tmp_path_factory.mktemp("few") / "few.npz"
    np.savez(file, image=photos, label=np.arange(20) % 10)
    return file


@pytest.fixture(scope="module")
def bundle(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundle") / "digits.edgekit"


@pytest.fixture
def commands(demo_run: Path, few: Path, bundle: Path) -> dict[str, list[str]]:
    """A command for each document that is quick to print; the bundle is made before it is verified."""
    model, int8 = str(demo_run / "model"), str(demo_run / "artifacts" / "tflite-int8")
    picture = str(next((demo_run / "source" / "digits" / "five").iterdir()))
    return {
        "bench": ["bench", int8, "--runs", "3"],
        "bundle": ["bundle", int8, "--out", str(bundle)],
        "inspection": ["inspect", str(demo_run / "source" / "module")],
        "machine": ["doctor"],
        "parity": ["parity", model, int8, "--data", str(few), "--max-drop", "1"],
        "plan": ["plan", int8, "--delegate", "edgetpu"],
        "prediction": ["predict", int8, picture, "--top", "2"],
        "verification": ["verify", str(bundle)],
    }


COMMANDS = ("bench", "bundle", "inspection", "machine", "parity", "plan", "prediction", "verification")


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_prints_holds(
    name: str, commands: dict[str, list[str]], bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "verification" and not bundle.exists():
        assert main(commands["bundle"]) == 0
        capsys.readouterr()
    assert main([*commands[name], "--json"]) in ((0, 1, 3) if name == "parity" else (0,))
    check_document(json.loads(capsys.readouterr().out), name)


def test_what_a_run_keeps_holds(demo_run: Path) -> None:
    check_document(json.loads((demo_run / "report.json").read_text()), "run")
    check_document(json.loads((demo_run / ".edgekit" / "golden" / "golden.json").read_text()), "golden")


def faults(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a report with one thing wrong, and what it is."""
    for key in document:
        fewer = copy.deepcopy(document)
        del fewer[key]
        yield f"without {key}", fewer
    for name, value in (("verdict", "good"), ("artifacts", {}), ("name", None), ("versions", [1])):
        yield f"{name} is {value!r}", {**document, name: value}
    for name, value in (("samples", "many"), ("outputs", []), ("verdict", "maybe"), ("task", "accuracy")):
        wrong = copy.deepcopy(document)
        wrong["artifacts"][0]["parity"][name] = value
        yield f"parity's {name} is {value!r}", wrong


def test_a_wrong_document_is_refused(demo_run: Path) -> None:
    document = json.loads((demo_run / "report.json").read_text())
    optional = {"without command", "without calibration"}  # an earlier edgekit did not write them
    accepted = set()
    for fault, wrong in faults(document):
        try:
            jsonschema.validate(wrong, schema("run"))
        except jsonschema.ValidationError:
            continue
        accepted.add(fault)
    assert accepted == optional
