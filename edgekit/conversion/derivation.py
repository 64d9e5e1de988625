"""Deriving: one variant of a float model becomes an artifact in its folder, in a child process."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs

from edgekit.adapters.converter import Calibration, ConvertedFile, Converter, Derivation
from edgekit.adapters.delegate import load_delegate
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of
from edgekit.contract.planned_shapes import has_unknown_size
from edgekit.data.leakage import Seen
from edgekit.data.samples import Samples
from edgekit.documents.weights import WeightFacts
from edgekit.errors import ConversionError, EdgekitError, SessionError
from edgekit.inference.runtimes import default_runtime
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import ARTIFACT_FILE, Artifact, save_artifact
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.tuned_model import FRONT_FOLDER
from edgekit.quantization.methods import NEAREST
from edgekit.recipe.overrides import Override
from edgekit.recipe.variants import Variant
from edgekit.system import registry
from edgekit.system.files import new_folder, write_json
from edgekit.system.optional import installed_version

ZEROS_LEFT = 0.99
"""The share of the zeros that rounding has to leave: what is zero stays zero, but for operators that the file joins."""


def converter(format_: str) -> Converter:
    """Return the converter of a format."""
    adapter: Converter = registry.load("converters", format_)
    return adapter


def convert_float(format_: str, graph: FrozenGraph, target: Path) -> None:
    """Write the float model of a format."""
    converter(format_).convert(graph, target)


def calibrate(format_: str, calibration: Calibration, target: Path) -> None:
    """Measure the ranges of a float model's activations, and keep them in a file; beside it those of its inputs."""
    inputs = _Watched(calibration.batches)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".edgekit-") as folder:
        ranges = Path(folder) / target.name
        converter(format_).calibrate(dataclasses.replace(calibration, batches=inputs), ranges)
        write_json(_input_ranges_file(target), inputs.ranges)
        ranges.replace(target)


def measure(format_: str, calibration: Calibration, target: Path) -> None:
    """Measure what the layers of a float model read, and keep it in a file."""
    converter(format_).measure(calibration, target)


def _input_ranges_file(ranges: Path) -> Path:
    """Return the file with the ranges of the inputs, beside that of all activations."""
    return ranges.with_name(f"inputs-{ranges.name}")


class _Watched:
    """Batches whose smallest and largest value by input are remembered as they pass."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.batches, self.ranges = batches, dict[str, tuple[float, float]]()

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.batches:
            for name, values in batch.items():
                if values.size and values.dtype.kind == "f":
                    low, high = self.ranges.get(name, (np.inf, -np.inf))
                    self.ranges[name] = (min(low, float(values.min())), max(high, float(values.max())))
            yield batch


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an artifact comes from.

    Attributes:
        graph: The frozen graph that its float model was made from.
        contract: The contract of the model, as users see it.
        key: Digest of all that decides what comes out.
        calibrated_on: The samples that calibrated or trained it.
        sample: One sample to try it on; None: it is only loaded.
        overrides: Parts that are quantized less.
        rounding: The name of the rounding method.
        compilers: Programs that compile what is made, by the delegates that need it.
    """

    graph: FrozenGraph
    contract: Contract
    key: str
    calibrated_on: Seen
    sample: Samples | None
    overrides: tuple[Override, ...]
    rounding: str
    compilers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Files with what calibration samples showed of a float model; None for what a variant does not need.

    Attributes:
        ranges: The ranges of its activations.
        moments: The second moments of what its layers read.
    """

    ranges: Path | None = None
    moments: Path | None = None

    def input_ranges(self) -> dict[str, tuple[float, float]]:
        """Return the smallest and the largest value of each input that calibration saw; of none, nothing."""
        if self.ranges is None:
            return {}
        ranges = json.loads(_input_ranges_file(self.ranges).read_text())
        return {name: (low, high) for name, (low, high) in ranges.items()}


def derive(variant: Variant, model: Path, measured: Measured, origin: Origin, out: Path) -> None:
    """Make an artifact and see that it runs here.

    Raises:
        ConversionError: It cannot be made, or the installed runtime cannot run it.
        OutputError: The folder cannot be written.
    """
    graph, contract = origin.graph, origin.contract
    with new_folder(out / str(variant), sign=ARTIFACT_FILE) as folder:
        file = folder / variant.file_name
        derivation = Derivation(
            model=model,
            contract=graph.contract,
            variant=variant,
            ranges=measured.ranges,
            moments=None if graph.ranges else measured.moments,  # weights that training rounded are on their steps
            rounding=origin.rounding,
            overrides=origin.overrides,
            trained=bool(graph.ranges),
        )
        converted = converter(variant.format).derive(derivation, file)
        shipped = _as_shipped(converted.contract)
        unsaid = converter(variant.format).describe(file, shipped, name=str(variant), front=graph.front)
        if graph.front is not None:
            shutil.copytree(graph.front, folder / FRONT_FOLDER)
        artifact = Artifact(
            path=folder,
            file=file,
            format=variant.format,
            variant=variant,
            contract=shipped if graph.front is None else _as_shipped(contract),
            made_by=converted.tool,
            source=origin.key,
            calibrated_on=origin.calibrated_on,
            front=None if graph.front is None else folder / FRONT_FOLDER,
            core=None if graph.front is None else shipped,
            unsaid=tuple(unsaid),
            overrides=origin.overrides,
            calibrated_range={} if graph.front is not None else measured.input_ranges(),
            rounding=_rounding(variant, converted, origin.rounding),
            weights=_facts(variant, model, file),
        )
        _try(artifact, origin)
        save_artifact(folder, _compiled(artifact, origin.compilers))


def _facts(variant: Variant, model: Path, file: Path) -> WeightFacts:
    """Count the weights of a file, and see that they are still as the compression of its variant left them.

    Raises:
        ConversionError: The file has fewer zeros than its float model, or no layer that shares values.
    """
    facts = converter(variant.format).facts(file)
    if not variant.compression:
        return facts
    source = converter(variant.format).facts(model)
    if facts.zeros * source.weights < ZEROS_LEFT * source.zeros * facts.weights:
        raise ConversionError(f"of {source.zeros:,} zeros among the weights {facts.zeros:,} are left in the file")
    if variant.compression.clusters is None:
        return facts
    if not source.clustered:
        raise ConversionError(f"no layer of the file shares {variant.compression.clusters} values, as was asked for")
    return structs.replace(facts, clustered=source.clustered)


def _rounding(variant: Variant, converted: ConvertedFile, method: str) -> str | None:
    """Return how weights became integers; None: they are floats, or what training left."""
    if not variant.scheme.integer_weights:
        return None
    return method if converted.rounded else NEAREST


def _compiled(artifact: Artifact, compilers: Mapping[str, str]) -> Artifact:
    """Compile an artifact for the delegates that take it."""
    for name, compiler in compilers.items():
        artifact = load_delegate(name).compile(artifact, compiler)
    return artifact


def _try(artifact: Artifact, origin: Origin) -> None:
    """Load what was built, and run it on a sample where there is one."""
    name = default_runtime(artifact.format)
    version = installed_version(registry.load("runtimes", name).PACKAGE)
    try:
        with open_session(artifact) as session:
            if origin.sample is not None:
                inputs: dict[str, Any] = origin.sample.read(0, 1, origin.contract)
                session.run(**inputs)
    except SessionError as error:
        raise _refused(f"built, but {name} {version} here cannot run it: {error}", origin.contract) from error
    except EdgekitError as error:
        raise ConversionError(f"built, but it fails on a sample: {error}") from error


def _refused(message: str, contract: Contract) -> ConversionError:
    """Return why a file cannot be run; it may be that it begins with photos of one pixel, as nobody said their size."""
    unsized = next((spec for spec in contract.inputs if has_unknown_size(spec)), None)
    if unsized is None:
        return ConversionError(message)
    return ConversionError(
        f"{message} {unsized.name!r} takes {medium_of(unsized).plural} of any size, and few models take one of 1 x 1, "
        f"with which such a file begins: say which size, by size = [HEIGHT, WIDTH] in the recipe",
        input=unsized.name,
        setting="size",
    )


def _as_shipped(contract: Contract) -> Contract:
    """Return the contract of an artifact, whose signature has the public names."""
    return structs.replace(
        contract,
        signature="serving_default",
        inputs=tuple(structs.replace(spec, key=spec.name) for spec in contract.inputs),
        outputs=tuple(structs.replace(spec, key=spec.name) for spec in contract.outputs),
    )
