"""What the commands do: one function per command, from parsed options to an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit import shown
from edgekit.cli import print_json
from edgekit.console import progress, say
from edgekit.errors import EdgekitError, RecipeError, nearest

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}


def demo(options: argparse.Namespace) -> int:
    """Run the whole job on handwritten digits."""
    from edgekit.demo import write_demo

    recipe = write_demo(Path(options.out), shows=True)
    say(f"recipe: {recipe}")
    return _run(recipe, Path(options.out), options)


def run(options: argparse.Namespace) -> int:
    """Run a recipe."""
    return _run(Path(options.recipe), Path(options.out), options)


def _run(recipe: Path, out: Path, options: argparse.Namespace) -> int:
    from edgekit.pipeline import run as run_recipe
    from edgekit.recipe_file import load_recipe

    document = run_recipe(load_recipe(recipe), out, shows=True)
    if options.json:
        print_json(_with_places(document, out))
    else:
        shown.run(document, out)
    return EXIT_CODES[document["verdict"]]


def _with_places(document: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Return the document with paths that hold from where the command ran, and without the pictures."""
    artifacts = []
    for entry in document["artifacts"]:
        parity = entry["parity"] and {
            **entry["parity"],
            "worst": [_without_picture(w) for w in entry["parity"]["worst"]],
        }
        artifacts.append({**entry, "path": entry["path"] and str(out / entry["path"]), "parity": parity})
    model = {**document["model"], "path": str(out / document["model"]["path"])}
    return {**document, "model": model, "artifacts": artifacts, "report": str(out / document["report"])}


def _without_picture(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "picture"}


def inspect(options: argparse.Namespace) -> int:
    """Show a module, or a TFLite or ONNX file."""
    from edgekit.inspection import inspect as inspect_handle

    with progress("fetch") as advance:
        value = inspect_handle(options.handle, progress=lambda done, total: advance(done, total or done, "bytes"))
    if options.json:
        print_json(value)
    else:
        shown.inspection(value)
    return 0


def tune(options: argparse.Namespace) -> int:
    """Train the model of a recipe."""
    from edgekit.recipe_file import load_recipe
    from edgekit.tuning import tune as tune_recipe
    from edgekit.workers import preload

    recipe = load_recipe(options.recipe)
    if recipe.model is not None:
        raise RecipeError(f"{options.recipe} names a finished model: there is nothing to tune")
    preload("edgekit.preload")
    model = tune_recipe(recipe, out=options.out, shows=True)
    value = {"name": recipe.name, "model": str(model.path), "digest": model.digest()}
    print_json(value) if options.json else shown.lines([f"model: {model.path}"])
    return 0


def lock(options: argparse.Namespace) -> int:
    """Pin the modules of a recipe."""
    from edgekit.locks import lock_path
    from edgekit.recipe_file import load_recipe
    from edgekit.tuning import lock_modules

    value = lock_modules(load_recipe(options.recipe))
    path = lock_path(Path(options.recipe))
    if options.json:
        print_json({"lock": str(path), **value})
    else:
        shown.lines(f"{handle}: {entry['digest']}" for handle, entry in value["modules"].items())
        shown.lines([f"pinned in {path}"])
    return 0


def convert(options: argparse.Namespace) -> int:
    """Convert a model to variants."""
    from edgekit.conversion import convert_all
    from edgekit.data import fit_to_model, load_samples
    from edgekit.excepted import excepted
    from edgekit.recipe import CALIBRATION_METHODS, ROUNDING_METHODS, CompressionRecipe, ConversionRecipe
    from edgekit.variants import parse_variant
    from edgekit.workers import preload

    variants = [parse_variant(text) for text in options.variants]
    for option, known in (("method", CALIBRATION_METHODS), ("rounding", ROUNDING_METHODS)):
        value = getattr(options, option)
        if value is not None and value not in known:
            raise EdgekitError(f"--{option} {value}: one of {', '.join(known)}{nearest(value, known)}")
    if options.rounding == "gptq" and options.data is None:
        raise EdgekitError("--rounding gptq goes by what samples show: give --data PATH")
    if options.samples < 1 or options.epochs < 0:
        raise EdgekitError("--samples is at least 1, --epochs at least 0")
    how = ConversionRecipe(
        calibration=options.samples,
        method=options.method,
        rounding=options.rounding or "gptq",
        excepted=tuple(excepted(pattern) for pattern in options.excepted),
        compression=CompressionRecipe(epochs=options.epochs),
    )
    preload("edgekit.preload")
    model = _model(options)
    samples = None if options.data is None else fit_to_model(load_samples(options.data), model.contract)
    with progress("convert") as advance:
        made = convert_all(
            model, variants, samples=samples, out=Path(options.out), how=how, progress=advance, shows=True
        )
    entries = [
        {
            "variant": str(result.variant),
            "status": "failed" if result.artifact is None else "built",
            "error": result.error,
            "path": None if result.artifact is None else str(result.artifact.path),
            "rounding": None if result.artifact is None else result.artifact.rounding,
            "bytes": None if result.artifact is None else result.artifact.bytes,
            "sha256": None if result.artifact is None else result.artifact.digest().removeprefix("sha256:"),
        }
        for result in made
    ]
    better = [str(variant) for variant in variants if variant.rounded and samples is None]
    if options.json:
        print_json({"model": str(model.path), "artifacts": entries})
    else:
        shown.conversions(entries)
        shown.lines([f"{name}: weights rounded to the nearest; with --data they lose less" for name in better])
    return 1 if any(entry["error"] for entry in entries) else 0


def _model(options: argparse.Namespace) -> Any:
    """Open the model that a command names, with the range of its pixels if that is given."""
    from edgekit.models import load_model
    from edgekit.recipe import InputRecipe

    if options.range is None:
        return load_model(options.model, trust=options.trust, signature=options.signature)
    low, high = options.range
    if not low < high:
        raise EdgekitError(f"--range {low:g} {high:g}: the lower value comes first")
    contract = load_model(options.model, trust=options.trust, signature=options.signature).contract
    images = [spec for spec in contract.inputs if spec.kind == "image"]
    inputs = [InputRecipe(name=spec.name, range=(low, high)) for spec in images]
    return load_model(options.model, inputs=inputs, trust=options.trust, signature=options.signature)


def parity(options: argparse.Namespace) -> int:
    """Compare an artifact with its original."""
    from edgekit.checks import parity as check_parity
    from edgekit.recipe import ParityRecipe, check_rule
    from edgekit.sessions import Where

    if not 0 <= options.max_drop <= 1 or not 0.5 < options.confidence < 1:
        raise EdgekitError("--max-drop is between 0 and 1, --confidence between 0.5 and 1")
    rule = ParityRecipe(
        metric=options.metric, max_drop=options.max_drop, threshold=options.threshold, confidence=options.confidence
    )
    check_rule(rule)
    where = Where(runtime=options.runtime, delegate=options.delegate, threads=options.threads, device=options.device)
    with progress("parity") as advance:
        report = check_parity(
            _model(options), options.artifact, data=options.data, rule=rule, where=where,
            names=_names(options.bind), progress=advance,
        )  # fmt: skip
    value = {**report.to_json(), "worst": [_without_picture(entry) for entry in report.to_json()["worst"]]}
    print_json(value) if options.json else shown.parity(value)
    return EXIT_CODES[report.verdict]


def _names(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    if wrong:
        raise EdgekitError(f"--bind {wrong[0]}: say it as OURS=THEIRS")
    return {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs}


def plan(options: argparse.Namespace) -> int:
    """Say which operators of an artifact a delegate takes."""
    from edgekit.planning import plan as plan_artifact

    value = plan_artifact(options.artifact, options.delegate).to_json()
    print_json(value) if options.json else shown.plan(value)
    return 0


def debug(options: argparse.Namespace) -> int:
    """Find where the error of an artifact enters."""
    from edgekit.debugging import debug as find_error
    from edgekit.workers import ChildExecutor

    if options.samples < 1:
        raise EdgekitError("--samples is at least 1")
    model = _model(options)
    with ChildExecutor(1, shows=True) as child:
        found = child.submit(
            find_error, model, options.artifact, data=options.data, out=options.out, samples=options.samples, shows=True
        ).result()
    print_json(found.to_json()) if options.json else shown.diagnosis(found.to_json())
    return 0


def search(options: argparse.Namespace) -> int:
    """Find the best variants of a recipe within its limits."""
    from edgekit.recipe_file import load_recipe
    from edgekit.search import search as search_recipe

    document = search_recipe(load_recipe(options.recipe), Path(options.out), shows=True)
    print_json(document) if options.json else shown.search(document, Path(options.out))
    return EXIT_CODES[document["verdict"]]


def bench(options: argparse.Namespace) -> int:
    """Measure the latency of an artifact."""
    from edgekit.latency import bench as measure
    from edgekit.remote.address import parse_address

    parse_address(options.device)  # before the artifact is looked at
    with progress("bench"):
        value = measure(
            options.artifact, runtime=options.runtime, delegate=options.delegate, threads=options.threads,
            runs=options.runs, device=options.device,
        )  # fmt: skip
    print_json(value) if options.json else shown.latency(value)
    return 0


def devices(options: argparse.Namespace) -> int:
    """List the device profiles, or show one."""
    from edgekit.profiles import device_names, load_profile

    names: Sequence[str] = device_names() if options.name is None else [options.name]
    profiles = {name: load_profile(name) for name in names}
    if options.json:
        print_json({"devices": profiles})
    else:
        shown.devices(profiles)
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Say what this machine can do."""
    from edgekit.doctor import examine

    value = examine()
    print_json(value) if options.json else shown.doctor(value)
    return 0
