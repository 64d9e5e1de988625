"""Commands that take a recipe: demo, run, tune, lock and search."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from msgspec.structs import replace

from edgekit.cli.json_output import EXIT_CODES, print_json
from edgekit.cli.output import findings, runs
from edgekit.cli.output.text import lines
from edgekit.documents.conversion import TuningReport
from edgekit.documents.run import ArtifactEntry, RunReport
from edgekit.errors import RecipeError
from edgekit.system.progress import say


def demo(options: argparse.Namespace) -> int:
    """Run the whole job on handwritten digits."""
    from edgekit.pipeline.demo import write_demo  # heavy

    recipe = write_demo(Path(options.out), shows=True)
    say(f"recipe: {recipe}")
    out = Path(options.out)
    return _run(recipe, out, options, command=shlex.join(["edgekit", "demo", "--out", out.name]))


def run(options: argparse.Namespace) -> int:
    """Run a recipe."""
    return _run(Path(options.recipe), Path(options.out), options)


def _run(recipe: Path, out: Path, options: argparse.Namespace, *, command: str | None = None) -> int:
    from edgekit.pipeline.pipeline import run as run_recipe  # heavy
    from edgekit.recipe.reader import load_recipe  # heavy

    report = run_recipe(load_recipe(recipe), out, shows=True, command=command)
    if options.json:
        print_json(_from_here(report, out).to_json())
    else:
        runs.run(report, out)
    return EXIT_CODES[report.verdict or "pass"]


def _from_here(report: RunReport, out: Path) -> RunReport:
    """Return the report with paths that hold from where the command ran, and without the pictures."""
    model = None if report.model is None else replace(report.model, path=str(out / report.model.path))
    artifacts = tuple(_entry_from_here(entry, out) for entry in report.artifacts)
    return replace(report, model=model, artifacts=artifacts, report=str(out / report.report))


def _entry_from_here(entry: ArtifactEntry, out: Path) -> ArtifactEntry:
    path = None if entry.path is None else str(out / entry.path)
    return replace(entry, path=path, parity=None if entry.parity is None else entry.parity.without_media())


def tune(options: argparse.Namespace) -> int:
    """Train the model of a recipe."""
    from edgekit.original.tuning import tune as tune_recipe  # heavy
    from edgekit.recipe.reader import load_recipe  # heavy
    from edgekit.system.processes import preload  # heavy

    recipe = load_recipe(options.recipe)
    if recipe.model is not None:
        raise RecipeError(f"{options.recipe} names a finished model: there is nothing to tune")
    preload("edgekit.system.preload")
    model = tune_recipe(recipe, out=options.out, shows=True)
    report = TuningReport(name=recipe.name, model=str(model.path), digest=str(model.digest()))
    print_json(report.to_json()) if options.json else lines([f"model: {report.model}"])
    return 0


def lock(options: argparse.Namespace) -> int:
    """Pin the modules of a recipe."""
    from edgekit.hub.lock_file import lock_path  # heavy
    from edgekit.original.tuning import lock_modules  # heavy
    from edgekit.recipe.reader import load_recipe  # heavy

    value = lock_modules(load_recipe(options.recipe))
    path = lock_path(Path(options.recipe))
    if options.json:
        print_json({"lock": str(path), **value})
    else:
        lines(f"{handle}: {entry['digest']}" for handle, entry in value["modules"].items())
        lines([f"pinned in {path}"])
    return 0


def search(options: argparse.Namespace) -> int:
    """Find the best variants of a recipe within its limits."""
    from edgekit.pareto import search as search_recipe  # heavy
    from edgekit.recipe.reader import load_recipe  # heavy

    report = search_recipe(load_recipe(options.recipe), Path(options.out), shows=True)
    print_json(report.to_json()) if options.json else findings.search(report, Path(options.out))
    return EXIT_CODES[report.verdict]
