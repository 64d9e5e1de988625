"""What the commands do: one function per command, from parsed options to an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgekit import shown
from edgekit.cli import print_json
from edgekit.console import progress, say
from edgekit.errors import EdgekitError, RecipeError, nearest

if TYPE_CHECKING:
    from edgekit.delegates import Delegate
    from edgekit.sessions import Where

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
    from edgekit.checks import parities
    from edgekit.recipe import ParityRecipe, check_rule

    if not 0 <= options.max_drop <= 1 or not 0.5 < options.confidence < 1:
        raise EdgekitError("--max-drop is between 0 and 1, --confidence between 0.5 and 1")
    rule = ParityRecipe(
        metric=options.metric, max_drop=options.max_drop, threshold=options.threshold, confidence=options.confidence
    )
    check_rule(rule)
    where = _where(options)
    with progress("parity") as advance:
        found = parities(
            _model(options), options.artifact, data=options.data, rule=rule, where=where,
            names=_names(options.bind), progress=advance,
        )  # fmt: skip
        if len(found) == 1 and isinstance(found[0], EdgekitError):
            raise found[0]
    values = [each if isinstance(each, EdgekitError) else _reported(each.to_json()) for each in found]
    return _several(options, where, values, one=shown.parity, table=shown.parities)


def _reported(value: Mapping[str, Any]) -> dict[str, Any]:
    return {**value, "worst": [_without_picture(entry) for entry in value["worst"]]}


def _where(options: argparse.Namespace) -> list[Where]:
    """Return where an artifact is to run, once for each device; what makes no sense is told before anything else."""
    from edgekit.delegates import parse_delegate
    from edgekit.remote.adb import find_phone
    from edgekit.remote.address import HOST, parse_address
    from edgekit.sessions import Where

    devices: list[str] = options.device or [HOST]
    twice = next((name for name in devices if devices.count(name) > 1), None)
    if twice is not None:
        raise EdgekitError(f"--device {twice} is given twice")
    for device in devices:
        address = parse_address(device)
        if address.kind == "adb":
            find_phone(address)  # before the original is asked, which takes longer
    if options.delegate is not None:
        _note(parse_delegate(options.delegate, options.delegate_option))
    elif options.fallback:
        raise EdgekitError("--fallback is for a delegate: name it by --delegate")
    if options.benchmark_model is not None and not any(device.startswith("adb:") for device in devices):
        raise EdgekitError("--benchmark-model is for phones: --device adb:SERIAL")
    cpus = None if options.cpus is None else _processors(options.cpus)
    return [
        Where(
            runtime=options.runtime, delegate=options.delegate, delegate_options=tuple(options.delegate_option),
            fallback=options.fallback, threads=options.threads, cpus=cpus, device=device,
            benchmark_model=options.benchmark_model,
        )
        for device in devices
    ]  # fmt: skip


def _note(delegate: Delegate) -> None:
    """Say what users of a delegate should know, unless they asked for what it says already."""
    if delegate.adapter.NOTE and delegate.argument is None:
        say(f"{delegate.name}: {delegate.adapter.NOTE}")


def _processors(text: str) -> tuple[int, ...]:
    """Read a list of processors as taskset takes it: numbers and ranges."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()) or int(last or first) < int(first):
            raise EdgekitError(f"--cpus {text}: say it as numbers and ranges, such as 0,1 or 4-7")
        found += range(int(first), int(last if dash else first) + 1)
    return tuple(dict.fromkeys(found))


def _several(
    options: argparse.Namespace,
    where: Sequence[Where],
    values: Sequence[dict[str, Any] | EdgekitError],
    *,
    one: Callable[[Mapping[str, Any]], None],
    table: Callable[[Sequence[Mapping[str, Any]]], None],
) -> int:
    """Print what one device or several gave, and return the worst exit code."""
    if len(values) == 1:
        (value,) = values
        if isinstance(value, EdgekitError):
            raise value
        print_json(value) if options.json else one(value)
        return EXIT_CODES[value.get("verdict", "pass")]
    entries = [
        {"device": place.device, "error": str(value)} if isinstance(value, EdgekitError) else value
        for place, value in zip(where, values, strict=True)
    ]
    print_json({"devices": entries}) if options.json else table(entries)
    codes = [
        value.exit_code if isinstance(value, EdgekitError) else EXIT_CODES[value.get("verdict", "pass")]
        for value in values
    ]
    return next((code for code in (1, 2, 4, 3) if code in codes), 0)


def _names(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    if wrong:
        raise EdgekitError(f"--bind {wrong[0]}: say it as OURS=THEIRS")
    return {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs}


def plan(options: argparse.Namespace) -> int:
    """Say which operators of an artifact a delegate takes."""
    from edgekit.artifacts import load_artifact
    from edgekit.delegates import Delegate, delegate_names
    from edgekit.kept import keep_plan
    from edgekit.planning import plan as plan_artifact

    name = options.delegate.partition(":")[0]
    if name in delegate_names():
        _note(Delegate(name=name))
    out = None if options.out is None else Path(options.out)
    overlay = None if options.overlay is None else Path(options.overlay)
    artifact = load_artifact(options.artifact)
    found = plan_artifact(artifact, name, out=out, overlay=overlay).to_json()
    report = keep_plan(artifact, found)
    value = {**found, "report": None if report is None else str(report)}
    print_json(value) if options.json else shown.plan(value)
    if overlay is not None:
        say(f"for Model Explorer: {overlay}")
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

    where = _where(options)

    def measured(place: Where) -> dict[str, Any] | EdgekitError:
        try:
            return measure(options.artifact, where=place, runs=options.runs)
        except EdgekitError as error:
            return error

    own = [place for place in where if not place.device.startswith(("ssh:", "adb:"))]
    others = [place for place in where if place not in own]
    if len(where) == 1:
        with progress("bench"):
            return _several(options, where, [measure(options.artifact, where=where[0], runs=options.runs)],
                            one=shown.latency, table=shown.latencies)  # fmt: skip
    with progress("bench") as advance, ThreadPoolExecutor(max(1, len(others))) as threads:
        started = {place: threads.submit(measured, place) for place in others}
        found = {place: measured(place) for place in own}  # one after another: they share this machine
        for done, (place, future) in enumerate(started.items(), len(own) + 1):
            found[place] = future.result()
            advance(done, len(where), place.device)
    return _several(options, where, [found[place] for place in where], one=shown.latency, table=shown.latencies)


def devices(options: argparse.Namespace) -> int:
    """List the device profiles, or show one."""
    from edgekit.profiles import device_names, load_profile

    names: Sequence[str] = device_names() if options.name is None else [options.name]
    profiles = {name: load_profile(name) for name in names}
    if options.json:
        print_json({"devices": profiles})
    elif options.name is not None:
        shown.device(options.name, profiles[options.name])
    else:
        shown.devices(profiles)
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Say what this machine can do."""
    from edgekit.doctor import examine

    value = examine(options.device)
    print_json(value) if options.json else shown.doctor(value)
    return 0
