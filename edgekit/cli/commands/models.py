"""Commands that take a model apart from a recipe: inspect, convert and debug."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edgekit.cli.json_output import print_json
from edgekit.cli.output import findings, runs
from edgekit.cli.output.text import lines
from edgekit.errors import EdgekitError, nearest
from edgekit.system.progress import progress


def inspect(options: argparse.Namespace) -> int:
    """Show a module, or a TFLite or ONNX file."""
    from dataclasses import asdict

    from edgekit.inspection.inspection import inspect as inspect_handle

    with progress("fetch") as advance:
        value = inspect_handle(options.handle, progress=lambda done, total: advance(done, total or done, "bytes"))
    if options.data is not None:
        from edgekit.inspection.range_probe import probe

        with progress("probe") as advance:
            value["feeding"] = [asdict(each) for each in probe(options.handle, options.data, progress=advance)]
    if options.json:
        print_json(value)
    else:
        runs.inspection(value)
    return 0


def convert(options: argparse.Namespace) -> int:
    """Convert a model to variants."""
    from edgekit.conversion.conversion import convert_all
    from edgekit.data.loading import fit_to_model, load_samples
    from edgekit.quantization.methods import calibration_methods, rounding_method, rounding_methods
    from edgekit.recipe.overrides import override
    from edgekit.recipe.recipe import CompressionRecipe, ConversionRecipe
    from edgekit.recipe.variants import parse_variant
    from edgekit.system.processes import preload

    variants = [parse_variant(text) for text in options.variants]
    for option, known in (("method", calibration_methods()), ("rounding", rounding_methods())):
        value = getattr(options, option)
        if value is not None and value not in known:
            raise EdgekitError(f"--{option} {value}: one of {', '.join(known)}{nearest(value, known)}")
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
    model = opened(options)
    samples = None if options.data is None else fit_to_model(load_samples(options.data), model.contract)
    with progress("convert") as advance:
        made = convert_all(
            model, variants, samples=samples, out=Path(options.out), settings=settings, progress=advance, shows=True
        )
    entries = [
        {
            "variant": str(result.variant),
            "status": "failed" if result.artifact is None else "built",
            "error": result.error,
            "path": None if result.artifact is None else str(result.artifact.path),
            "rounding": None if result.artifact is None else result.artifact.rounding,
            "bytes": None if result.artifact is None else result.artifact.bytes,
            "sha256": None if result.artifact is None else result.artifact.digest().hex,
        }
        for result in made
    ]
    better = [str(variant) for variant in variants if variant.rounded and samples is None]
    if options.json:
        print_json({"model": str(model.path), "artifacts": entries})
    else:
        runs.conversions(entries)
        lines([f"{name}: weights rounded to the nearest; with --data they lose less" for name in better])
    return 1 if any(entry["error"] for entry in entries) else 0


def debug(options: argparse.Namespace) -> int:
    """Find where the error of an artifact enters."""
    from edgekit.debugging import debug as find_error
    from edgekit.system.processes import ChildExecutor

    if options.samples < 1:
        raise EdgekitError("--samples is at least 1")
    model = opened(options)
    with ChildExecutor(1, shows=True) as child:
        found = child.submit(
            find_error, model, options.artifact, data=options.data, out=options.out, samples=options.samples, shows=True
        ).result()
    print_json(found.to_json()) if options.json else findings.diagnosis(found.to_json())
    return 0


def pixel_range(options: argparse.Namespace) -> tuple[float, float] | None:
    """Return what ``--range`` says; None: it is not given."""
    if options.range is None:
        return None
    low, high = options.range
    if not low < high:
        raise EdgekitError(f"--range {low:g} {high:g}: the lower value comes first")
    return low, high


def opened(options: argparse.Namespace) -> Any:
    """Open the model that a command names, with the range of its pixels if that is given."""
    from edgekit.models.artifact import ARTIFACT_FILE
    from edgekit.original.finished import load_model
    from edgekit.recipe.recipe import InputRecipe

    if (Path(options.model) / ARTIFACT_FILE).is_file():
        raise EdgekitError(
            f"{options.model} is an artifact: the original comes first; to compare two artifacts, parity --against OLD"
        )
    if options.range is None:
        return load_model(options.model, trust=options.trust, signature=options.signature)
    pixels = pixel_range(options)
    contract = load_model(options.model, trust=options.trust, signature=options.signature).contract
    images = [spec for spec in contract.inputs if spec.kind == "image"]
    inputs = [InputRecipe(name=spec.name, range=pixels) for spec in images]
    return load_model(options.model, inputs=inputs, trust=options.trust, signature=options.signature)
