"""Commands that take a model apart from a recipe: inspect, convert and debug."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from edgekit.cli.commands.data import data_of
from edgekit.cli.json_output import print_json
from edgekit.cli.output import findings, inspections, runs
from edgekit.cli.output.text import lines
from edgekit.cli.remedies import shown
from edgekit.documents.conversion import ConversionEntry, ConversionReport
from edgekit.errors import EdgekitError, nearest
from edgekit.system.progress import progress

if TYPE_CHECKING:
    from edgekit.conversion.job import Conversion
    from edgekit.models.artifact import Artifact
    from edgekit.models.tuned_model import TunedModel
    from edgekit.original.statements import Statements


def inspect(options: argparse.Namespace) -> int:
    """Show a module, or a TFLite or ONNX file."""
    from edgekit.inspection.inspection import inspect as inspect_handle  # heavy

    with progress("fetch") as advance:
        report = inspect_handle(
            options.handle,
            root=None if options.root is None else Path(options.root),
            imports=[Path(file) for file in options.imports],
            progress=lambda done, total: advance(done, total or done, "bytes"),
        )
    if options.data is not None:
        from edgekit.inspection.range_probe import probe  # heavy

        with progress("probe") as advance:
            stated = statements(options)
            feedings = probe(options.handle, data_of(options), statements=stated, progress=advance)
            report = replace(report, feeding=tuple(feedings))
    print_json(report.to_json()) if options.json else inspections.inspection(report)
    return 0


def convert(options: argparse.Namespace) -> int:
    """Convert a model to variants."""
    from edgekit.conversion.conversion import convert_all, with_samples  # heavy
    from edgekit.quantization.methods import calibration_methods, rounding_method, rounding_methods  # heavy
    from edgekit.recipe.overrides import override  # heavy
    from edgekit.recipe.recipe import CompressionRecipe, ConversionRecipe  # heavy
    from edgekit.recipe.variants import parse_variant  # heavy
    from edgekit.system.processes import preload  # heavy

    variants = [parse_variant(text) for text in options.variants]
    for option, methods in (("method", calibration_methods()), ("rounding", rounding_methods())):
        method = getattr(options, option)
        if method is not None and method not in methods:
            raise EdgekitError(f"--{option} {method}: one of {', '.join(methods)}{nearest(method, methods)}")
    if options.rounding and rounding_method(options.rounding).MEASURES and options.data is None:
        raise EdgekitError(f"--rounding {options.rounding} goes by what samples show: give --data PATH")
    if options.samples < 1 or options.epochs < 0:
        raise EdgekitError("--samples is at least 1, --epochs at least 0")
    settings = ConversionRecipe(
        calibration=options.samples,
        method=options.method,
        rounding=options.rounding or rounding_methods()[0],
        overrides=tuple(override(pattern) for pattern in options.overrides),
        compression=CompressionRecipe(epochs=options.epochs),
    )
    preload("edgekit.system.preload")
    model, samples = with_samples(opened(options), data_of(options))
    with progress("convert") as advance:
        conversions = convert_all(
            model, variants, samples=samples, out=Path(options.out), settings=settings, progress=advance, shows=True
        )
    entries = tuple(_entry(conversion) for conversion in conversions)
    better = [str(variant) for variant in variants if variant.rounded and samples is None]
    if options.json:
        print_json(ConversionReport(model=str(model.path), artifacts=entries).to_json())
    else:
        runs.conversions(entries)
        lines([f"{name}: weights rounded to the nearest; with --data they lose less" for name in better])
    return 1 if any(entry.error for entry in entries) else 0


def _entry(conversion: Conversion) -> ConversionEntry:
    artifact = conversion.artifact
    return ConversionEntry(
        variant=str(conversion.variant),
        status="failed" if artifact is None else "built",
        error=conversion.error if conversion.failure is None else shown(conversion.failure),
        path=None if artifact is None else str(artifact.path),
        rounding=None if artifact is None else artifact.rounding,
        bytes=None if artifact is None else artifact.bytes,
        sha256=None if artifact is None else artifact.digest().hex,
    )


def debug(options: argparse.Namespace) -> int:
    """Find where the error of an artifact enters."""
    from edgekit.debugging import debug as find_error  # heavy
    from edgekit.system.processes import ChildExecutor  # heavy

    if options.samples < 1:
        raise EdgekitError("--samples is at least 1")
    model = opened(options)
    with ChildExecutor(1, shows=True) as child:
        diagnosis = child.submit(
            find_error,
            model,
            options.artifact,
            data=data_of(options),
            out=options.out,
            samples=options.samples,
            shows=True,
        ).result()
    print_json(diagnosis.to_json()) if options.json else findings.diagnosis(diagnosis)
    return 0


def pixel_range(options: argparse.Namespace) -> tuple[float, float] | None:
    """Return what ``--range`` says; None: it is not given."""
    if options.range is None:
        return None
    low, high = options.range
    if not low < high:
        raise EdgekitError(f"--range {low:g} {high:g}: the lower value comes first")
    return low, high


def photo_size(options: argparse.Namespace) -> tuple[int, int] | None:
    """Return what ``--size`` says; None: it is not given."""
    if options.size is None:
        return None
    from edgekit.data.photos.settings import MOST_PIXELS  # heavy

    height, width = options.size
    if not (0 < height <= MOST_PIXELS and 0 < width <= MOST_PIXELS):
        raise EdgekitError(f"--size {height} {width}: height and width are between 1 and {MOST_PIXELS}")
    return height, width


def statements(options: argparse.Namespace) -> Statements:
    """Return what a command says of its model.

    Raises:
        EdgekitError: The range or the size is none, or the labels cannot be read.
    """
    from edgekit.original.statements import Statements, read_labels  # heavy

    return Statements(
        pixels=pixel_range(options) if "range" in options else None,
        size=photo_size(options),
        labels=None if options.labels is None else read_labels(Path(options.labels)),
        signature=options.signature,
        trusted=tuple(options.trust),
        imports=tuple(Path(file) for file in options.imports),
        root=None if options.root is None else Path(options.root),
    )


def opened(options: argparse.Namespace) -> TunedModel:
    """Open the original that a command names, with what the command says of it."""
    from edgekit.inference.contenders import is_artifact, load_original  # heavy

    if is_artifact(Path(options.model)):
        raise EdgekitError(f"{options.model} is an artifact: give the original that it was made of")
    return load_original(options.model, statements(options))


def sized_artifact(options: argparse.Namespace) -> Artifact:
    """Return the artifact that a command names, whose photos have the size that it says."""
    from edgekit.inference.contenders import as_candidate  # heavy
    from edgekit.original.statements import Statements  # heavy

    return as_candidate(options.artifact, Statements(size=photo_size(options)))
