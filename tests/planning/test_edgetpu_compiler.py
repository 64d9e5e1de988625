"""The compiler's result becomes the plan: a stand-in prints a real log, and leaves to the CPU what it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgekit.adapters.delegate import load_delegate
from edgekit.conversion.conversion import convert
from edgekit.errors import ArtifactError, ConversionError, ReachError
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.planning import plan
from edgekit.planning.edgetpu_compiler import read_log

LOG = """Edge TPU Compiler version 16.0.384591198
Started a compilation timeout timer of 600 seconds.

Model compiled successfully in 111 ms.

Input model: model.tflite
Input size: 800.00KiB
Output model: model_edgetpu.tflite
Number of Edge TPU subgraphs: 1
Total number of operations: 5
Operation log: model_edgetpu.log

Operator                       Count      Status

ADD                            1          Mapped to Edge TPU
ADD                            1          More than one subgraph is not supported
MUL                            2          Mapped to Edge TPU
SIN                            1          Operation not supported
Compilation child process completed within timeout period.
Compilation succeeded!
"""


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command that prints the log, and copies a compiled file to where the real one writes it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "edgetpu_compiler"
    (folder / "log").write_text(LOG)
    command.write_text(
        f"#!/bin/sh\nfor word; do case $word in --out_dir=*) out=${{word#--out_dir=}};; esac; done\n"
        f'cat {folder}/log\ncp {folder}/compiled.tflite "$out/model_edgetpu.tflite"\n'
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_what_it_leaves_is_named(compiler: Path, sums: Path, tmp_path: Path) -> None:
    from edgekit.formats.tflite.graph import operator_types, read_graph
    from edgekit.formats.tflite.subgraphs import part

    loaded = read_graph(sums.read_bytes())
    kinds = operator_types(sums.read_bytes())
    sin, last = kinds.index("SIN"), len(kinds) - 1
    graph = loaded.subgraphs[0]
    rest = part(loaded, [sin, last], [int(graph.operators[sin].inputs[0])], [int(graph.operators[last].outputs[0])])
    (compiler / "compiled.tflite").write_bytes(rest)
    found = plan(sums, "edgetpu", out=tmp_path / "made.tflite")
    assert found.basis == "compiled"
    assert found.source == "edgetpu_compiler 16.0.384591198"
    assert [op.op for op in found.ops if not op.delegated] == ["SIN", "ADD"]
    reasons = {op.op: op.reason for op in found.ops if not op.delegated}
    assert reasons == {"SIN": "Operation not supported", "ADD": "More than one subgraph is not supported"}
    assert found.delegated == 3
    assert (tmp_path / "made.tflite").read_bytes() == rest


def test_a_failure_is_told(compiler: Path, sums: Path) -> None:
    (compiler / "log").write_text("Edge TPU Compiler version 16.0.1\nERROR: Encountered unresolved custom op: Atan.\n")
    with pytest.raises(ConversionError, match="edgetpu_compiler failed: ERROR: Encountered unresolved custom op: Atan"):
        plan(sums, "edgetpu")


def test_another_log_is_an_error(compiler: Path, sums: Path) -> None:
    (compiler / "compiled.tflite").write_bytes(sums.read_bytes())
    (compiler / "log").write_text(LOG.replace("Operator  ", "Operation  "))
    with pytest.raises(ConversionError, match="in a way that is not known"):
        plan(sums, "edgetpu")


def test_the_log_is_read() -> None:
    version, table = read_log(LOG)
    assert version == "16.0.384591198"
    assert table["ADD"] == {"Mapped to Edge TPU": 1, "More than one subgraph is not supported": 1}
    assert table["MUL"] == {"Mapped to Edge TPU": 2}


def test_without_a_compiler_there_is_no_compiled_model(sums: Path, tmp_path: Path) -> None:
    with pytest.raises(ReachError, match=r"needs edgetpu_compiler: https://coral.ai"):
        plan(sums, "edgetpu", out=tmp_path / "made.tflite")


def test_what_has_integers_throughout_is_compiled_as_it_is_made(
    compiler: Path, tuned: TunedModel, digits: Path, sums: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (compiler / "compiled.tflite").write_bytes(sums.read_bytes())
    artifact = convert(tuned, "tflite-int8full", data=digits, out=tmp_path / "good")
    compiled = load_delegate("edgetpu").file_of(artifact)
    assert compiled == artifact.path / "model_edgetpu.tflite"
    assert compiled == artifact.compiled["edgetpu"].file
    assert compiled.read_bytes() == sums.read_bytes()
    assert artifact.refusals == {}
    assert load_delegate("gpu").file_of(artifact) == artifact.file
    compiled.write_bytes(b"another")
    with pytest.raises(ArtifactError, match=r"model_edgetpu\.tflite is not the file"):
        load_artifact(artifact.path)

    (compiler / "log").write_text("Edge TPU Compiler version 16.0.1\nERROR: Encountered unresolved custom op: Atan.\n")
    (compiler / "compiled.tflite").unlink()
    without = convert(tuned, "tflite-int8full", data=digits, out=tmp_path / "bad")
    assert without.compiled["edgetpu"].file is None
    assert list(without.refusals) == ["edgetpu"]
    assert load_delegate("edgetpu").file_of(without) == without.file
    assert "tflite-int8full is not compiled for the Edge TPU: edgetpu_compiler failed" in capsys.readouterr().err
