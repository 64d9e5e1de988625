"""Coral's Edge TPU, by Google's library libedgetpu; the model has to be compiled for it (``edgetpu_compiler``).

``edgetpu`` takes the first one, ``edgetpu:usb``, ``edgetpu:pci`` or ``edgetpu:usb:1`` names one, as libedgetpu's
option ``device`` does: https://coral.ai/docs/edgetpu/multiple-edgetpu/
What it takes is what the compiler mapped, where that is installed or did its work before; else ``edgetpu.toml`` tells.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.adapters.delegate import Delegate, LoadSettings, ModelFile, Planned, PlannedOp, library_flags, refusal
from edgekit.errors import ConversionError, ReachError

if TYPE_CHECKING:
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

NAME = "edgetpu"
FORM = "edgetpu[:usb]"
TITLE = "the Edge TPU"
RUNTIMES = ("tflite_runtime", "litert", "benchmark_model")
FORMATS = ("tflite",)
COMPILES = True
NOTE = "needs a compiled model, and libedgetpu"
HELP = "libedgetpu is at https://coral.ai/software, and takes models that edgetpu_compiler compiled"
PROGRAMS = (("edgetpu_compiler", "https://coral.ai/docs/edgetpu/compiler/"),)
LIBRARIES = (("edgetpu", "https://coral.ai/software"),)
LIBRARY = "libedgetpu.so.1"
COMPILED = "edgetpu-custom-op"
"""The operator that stands for all that a compiled file leaves to the Edge TPU."""
_DEVICE = re.compile(r":?\d+|(usb|pci)(:\d+)?")


def settings(delegate: Delegate) -> LoadSettings:
    """Return how the shim loads it."""
    options = {**dict(delegate.options), **_device(delegate)}
    return {"library": options.pop("library", LIBRARY), "options": options}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``, as for any library."""
    options = {**dict(delegate.options), **_device(delegate)}
    return library_flags(options.pop("library", LIBRARY), options)


def _device(delegate: Delegate) -> dict[str, str]:
    if delegate.argument is None:
        return {}
    if not _DEVICE.fullmatch(delegate.argument):
        raise refusal(delegate, "an Edge TPU is usb, pci, or a number, such as usb:1")
    return {"device": delegate.argument}


def plan(model: ModelFile, *, out: Path | None = None) -> Planned:
    """Tell by the compiler, where the file is its work or it is installed; else predict.

    A file that was compiled has one operator for all that is mapped; the others stay on the CPU.
    """
    from edgekit.planning import edgetpu_compiler  # heavy

    if any(operator.kind == COMPILED for operator in model.operators):
        return _of_compiled(model)
    compiler = edgetpu_compiler.find()
    if compiler is not None:
        return edgetpu_compiler.compiled(compiler, model.operators, model.path, out)
    if out is not None:
        source = dict(PROGRAMS)[edgetpu_compiler.NAME]
        raise ReachError(f"a compiled model needs {edgetpu_compiler.NAME}: {source}")
    return _predicted(model)


def _of_compiled(model: ModelFile) -> Planned:
    ops = []
    for operator in model.operators:
        obstacle = None if operator.kind == COMPILED else ("the compiler left it to the CPU", None)
        ops.append(PlannedOp.of(operator, obstacle))
    return Planned(basis="compiled", source="the file itself", ops=ops)


def _predicted(model: ModelFile) -> Planned:
    """Predict: what stays on the CPU keeps there all that depends on it, since the compiler makes one subgraph."""
    from edgekit.planning.rules import read_rules  # heavy

    rules = read_rules("edgetpu")
    ops: dict[int, PlannedOp] = {}
    for operator in model.operators:
        obstacle = rules.obstacle(operator)
        if obstacle is None and any(not ops[maker].delegated for maker in operator.makers):
            obstacle = "what it reads is made on the CPU: more than one subgraph is not supported", None
        ops[operator.index] = PlannedOp.of(operator, obstacle)
    return Planned(basis="rules", source=f"{rules.version}, {rules.source}", ops=list(ops.values()))


def compiler(variant: Variant) -> str | None:
    """Return the compiler for what has integers throughout, where it is installed."""
    from edgekit.planning import edgetpu_compiler  # heavy

    return edgetpu_compiler.find() if variant.scheme.edgetpu else None


def compile(artifact: Artifact, compiler: str) -> Artifact:  # noqa: A001 - the port's name
    """Compile an artifact into a file beside its own, or say why the compiler refused."""
    from edgekit.formats.tflite.operators import operators_of  # heavy
    from edgekit.models.artifact import CompiledFile  # heavy
    from edgekit.planning import edgetpu_compiler  # heavy

    target = artifact.compiled_path(NAME)
    try:
        edgetpu_compiler.compiled(compiler, operators_of(artifact.file.read_bytes()), artifact.file, target)
    except ConversionError as error:
        return artifact.with_compiled(NAME, CompiledFile(error=str(error)))
    return artifact.with_compiled(NAME, CompiledFile(file=target))


def file_of(artifact: Artifact) -> Path:
    """Return the compiled file, or, of an artifact that was not compiled, the model file."""
    return artifact.file_for(NAME)
