"""A model without classes on the real module and photos: the commands of docs/without-classes.md."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from edgekit.cli.main import main

ROOT = Path(__file__).parent.parent.parent


def test_the_documented_commands(material: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "without-classes.md").read_text(encoding="utf-8")
    commands = [
        shlex.split(line)
        for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        for line in block.splitlines()
    ]
    recipe = (ROOT / "examples" / "photo_vectors.toml").read_text().replace("../../shared/material", str(material))
    (tmp_path / "photo_vectors.toml").write_text(recipe)
    places = {
        "examples/photo_vectors.toml": str(tmp_path / "photo_vectors.toml"),
        "build/vectors": str(tmp_path / "run"),
        "PHOTOS": str(material / "data" / "flowers"),
    }
    assert len(commands) == 2
    for command in commands:
        words = [next((w.replace(k, v) for k, v in places.items() if w.startswith(k)), w) for w in command[1:]]
        assert main(words) in (0, 3), command
    document = json.loads((tmp_path / "run" / "report.json").read_text())
    found = {entry["variant"]: entry["parity"]["task"] for entry in document["artifacts"]}
    for variant in ("tflite-fp32", "onnx-fp32"):
        assert found[variant]["agreement"] == 1.0
        assert found[variant]["least"] > 0.99999
    assert 0.9 < found["tflite-int8"]["candidate"] < found["tflite-dynamic"]["candidate"] < 1
