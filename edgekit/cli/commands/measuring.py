"""Commands that run an artifact where it is to run: parity and bench."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgekit.cli.commands.models import opened
from edgekit.cli.commands.placement import placements_of
from edgekit.cli.json_output import EXIT_CODES, print_json, without_media
from edgekit.cli.output import measured as output
from edgekit.errors import EdgekitError, MissingExtraError
from edgekit.remote.address import HOST
from edgekit.system.progress import Advance, note, progress

if TYPE_CHECKING:
    from edgekit.inference.placement import Placement
    from edgekit.recipe.recipe import ParityRecipe


def parity(options: argparse.Namespace) -> int:
    """Compare an artifact with its original."""
    from edgekit.evaluation.check import parities
    from edgekit.models.artifact import load_artifact
    from edgekit.recipe.recipe import ParityRecipe, check_rule

    if not 0 <= options.max_drop <= 1 or not 0.5 < options.confidence < 1:
        raise EdgekitError("--max-drop is between 0 and 1, --confidence between 0.5 and 1")
    rule = ParityRecipe(
        metric=options.metric, max_drop=options.max_drop, threshold=options.threshold, confidence=options.confidence
    )
    check_rule(rule)
    if options.against is not None and options.artifact is None:
        options.artifact = options.model  # the only one that is named
    if options.artifact is None:
        raise EdgekitError("name the original and the artifact, or the artifact alone and --against OLD")
    placements = placements_of(options)
    if options.self_test and options.against is not None:
        raise EdgekitError("--self-test needs the original: leave --against out")
    if options.self_test:
        return _self_test(options, rule, placements)
    with progress("parity") as advance:
        original = load_artifact(options.against) if options.against else opened(options)
        found = parities(
            original, options.artifact, data=options.data, rule=rule, placements=placements,
            names=_names(options.bind), progress=advance,
        )  # fmt: skip
    values = [each if isinstance(each, EdgekitError) else _reported(each.to_json(), options) for each in found]
    if options.against is None:
        _keep(options, "parity", values)
    return _several(options, placements, values, one=output.parity, table=output.parities)


def _self_test(options: argparse.Namespace, rule: ParityRecipe, placements: Sequence[Placement]) -> int:
    from edgekit.evaluation.self_test import self_test

    if len(placements) > 1 or options.bind:
        raise EdgekitError("--self-test runs on one device, and takes no --bind")
    with progress("self-test") as advance:
        found = self_test(
            opened(options), options.artifact, data=options.data, rule=rule, placement=placements[0], progress=advance
        )  # fmt: skip
    print_json(found.to_json()) if options.json else output.self_test(found.to_json())
    return 0 if found.ok else 1


def _reported(value: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    compared = {} if options.against is None else {"against": options.against}
    return {**value, **compared, "worst": [without_media(entry) for entry in value["worst"]]}


def _keep(options: argparse.Namespace, kind: str, values: Sequence[dict[str, Any] | EdgekitError]) -> None:
    """Add what other devices gave to the report of the run that the artifact is of; this one's is there."""
    others = [each for each in values if not isinstance(each, EdgekitError)]
    others = [each for each in others if each["device"] != HOST or each["delegate"] is not None]
    if not others:
        return
    from edgekit.models.artifact import load_artifact
    from edgekit.models.run_layout import run_of
    from edgekit.report.refresh import keep_measured

    artifact = load_artifact(options.artifact)
    run = run_of(artifact)
    if run is None or (kind == "parity" and Path(options.model).absolute() != run / "model"):
        return
    try:
        reports = {keep_measured(artifact, kind, value) for value in others}
        for report in filter(None, reports):
            note(f"kept beside the other devices in {report}")
    except MissingExtraError as error:
        note(f"kept for the report of {run}, which is not drawn anew: {error}")


def bench(options: argparse.Namespace) -> int:
    """Measure the latency of an artifact."""
    placements = placements_of(options)
    with progress("bench") as advance:
        found = _measured(options, placements, advance)
    if len(placements) == 1 and isinstance(found[0], EdgekitError):
        raise found[0]
    _keep(options, "latency", found)
    return _several(options, placements, found, one=output.latency, table=output.latencies)


def _measured(
    options: argparse.Namespace, placements: Sequence[Placement], advance: Advance
) -> list[dict[str, Any] | EdgekitError]:
    """Return what each place gave: those that are other machines at once, those on this one after another."""
    from edgekit.inference.latency import bench as measure

    def measured(placement: Placement) -> dict[str, Any] | EdgekitError:
        try:
            return measure(options.artifact, placement=placement, runs=options.runs)
        except EdgekitError as error:
            return error

    others = [placement for placement in placements if placement.device.startswith(("ssh:", "adb:"))]
    with ThreadPoolExecutor(max(1, len(others))) as threads:
        started = {placement: threads.submit(measured, placement) for placement in others}
        found = {placement: measured(placement) for placement in placements if placement not in started}
        for placement, future in started.items():
            found[placement] = future.result()
            advance(len(found), len(placements), placement.device)
    return [found[placement] for placement in placements]


def _several(
    options: argparse.Namespace,
    placements: Sequence[Placement],
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
        {"device": placement.device, "error": str(value)} if isinstance(value, EdgekitError) else value
        for placement, value in zip(placements, values, strict=True)
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
