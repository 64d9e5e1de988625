"""Commands that run an artifact where it is to run: parity and bench."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as replaced
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from edgekit.adapters.device import HOST
from edgekit.cli.commands.data import data_of
from edgekit.cli.commands.models import opened, sized_artifact, statements
from edgekit.cli.commands.placement import placements_of
from edgekit.cli.json_output import EXIT_CODES, print_json
from edgekit.cli.output import measured as output
from edgekit.cli.remedies import shown
from edgekit.documents.bench import BenchReport
from edgekit.documents.parity import ComparisonsReport, ParityReport
from edgekit.documents.self_test import SelfTestReport
from edgekit.errors import EdgekitError, MissingExtraError
from edgekit.system.files import JsonObject
from edgekit.system.progress import Advance, note, progress

if TYPE_CHECKING:
    from edgekit.inference.placement import Placement
    from edgekit.models.artifact import Artifact
    from edgekit.models.tuned_model import TunedModel
    from edgekit.recipe.recipe import ParityRecipe

Outcome = TypeVar("Outcome", ParityReport, BenchReport)


def parity(options: argparse.Namespace) -> int:
    """Compare artifacts with their original."""
    from edgekit.evaluation.parity import comparisons  # heavy
    from edgekit.recipe.recipe import ParityRecipe, check_rule  # heavy

    if not 0 <= options.max_drop <= 1 or not 0.5 < options.confidence < 1:
        raise EdgekitError("--max-drop is between 0 and 1, --confidence between 0.5 and 1")
    rule = ParityRecipe(
        metric=options.metric, max_drop=options.max_drop, threshold=options.threshold, confidence=options.confidence
    )
    check_rule(rule)
    if options.against is not None:
        options.artifacts = [options.model, *options.artifacts]
        options.model = options.against
    if not options.artifacts:
        raise EdgekitError("name the original and the artifact, or the artifact alone and --against OLD")
    placements = placements_of(options)
    if options.self_test:
        return _self_test(options, rule, placements)
    with progress("parity") as advance:
        original, candidates = _contenders(options)
        reports = comparisons(
            original,
            candidates,
            data=data_of(options),
            rule=rule,
            placements=placements,
            names=_names(options.bind),
            released=options.against is not None,
            progress=advance,
        )
    outcomes = [_all_printed(row, options) for row in reports]
    if options.against is None:
        for path, row in zip(options.artifacts, outcomes, strict=True):
            _keep_parities(options, path, row)
    if len(outcomes) > 1:
        return _parity_of_several(options, placements, outcomes)
    return _parity_of_one(options, placements, outcomes[0])


def _contenders(options: argparse.Namespace) -> tuple[TunedModel | Artifact, list[Artifact]]:
    """Open the original and what is compared with it; what is said of a signature is the original's, if it has any."""
    from edgekit.inference.contenders import as_candidate, load_contender  # heavy
    from edgekit.models.artifact import Artifact  # heavy

    stated = replaced(statements(options), shared=True)
    original = load_contender(options.model, stated)
    signature = stated.signature if isinstance(original, Artifact) else None
    theirs = replaced(stated, pixels=None, size=None, labels=None, signature=signature)
    return original, [as_candidate(path, theirs) for path in options.artifacts]


def _parity_of_one(
    options: argparse.Namespace, placements: Sequence[Placement], outcomes: Sequence[ParityReport | EdgekitError]
) -> int:
    """Print what one artifact gave, on one device or on several."""
    if len(outcomes) == 1:
        return _parity_on_one(options, outcomes[0])
    if options.json:
        print_json({"devices": _entries(placements, outcomes)})
    else:
        output.parities([_named(outcome, placement) for outcome, placement in zip(outcomes, placements, strict=True)])
    return _worst_code(outcomes)


def _parity_of_several(
    options: argparse.Namespace,
    placements: Sequence[Placement],
    outcomes: Sequence[Sequence[ParityReport | EdgekitError]],
) -> int:
    """Print what several artifacts gave."""
    entries = [
        {"artifact": path, **entry}
        for path, row in zip(options.artifacts, outcomes, strict=True)
        for entry in _entries(placements, row)
    ]
    report = ComparisonsReport.from_json(
        {
            "comparisons": [entry for entry in entries if "error" not in entry],
            "failures": [entry for entry in entries if "error" in entry],
        }
    )
    print_json(report.to_json()) if options.json else output.comparisons(report)
    return _worst_code([outcome for row in outcomes for outcome in row])


def _parity_on_one(options: argparse.Namespace, outcome: ParityReport | EdgekitError) -> int:
    if isinstance(outcome, EdgekitError):
        raise outcome
    print_json(outcome.to_json()) if options.json else output.parity(outcome)
    if outcome.task is None and outcome.verdict == "inconclusive":
        note("a metric is named by --metric")
    return EXIT_CODES[outcome.verdict]


def _self_test(options: argparse.Namespace, rule: ParityRecipe, placements: Sequence[Placement]) -> int:
    from edgekit.cli.output.self_tests import self_test as print_self_test  # heavy
    from edgekit.self_test.self_test import self_test  # heavy

    if options.against is not None:
        raise EdgekitError("--self-test needs the original: leave --against out")
    if len(placements) > 1 or len(options.artifacts) > 1 or options.bind:
        raise EdgekitError("--self-test tries one artifact on one device, and takes no --bind")
    (artifact,) = options.artifacts
    with progress("self-test") as advance:
        outcome = self_test(
            opened(options), artifact, data=data_of(options), rule=rule, placement=placements[0], progress=advance
        )
    report = SelfTestReport.from_json(outcome.to_json())
    print_json(report.to_json()) if options.json else print_self_test(report)
    return 0 if report.ok else 1


def _all_printed(
    reports: Sequence[ParityReport | EdgekitError], options: argparse.Namespace
) -> list[ParityReport | EdgekitError]:
    return [_printed(report, options) if isinstance(report, ParityReport) else report for report in reports]


def _printed(report: ParityReport, options: argparse.Namespace) -> ParityReport:
    """Return a report as it is printed: without pictures, and with the older release that it was compared with."""
    compact = report.without_media()
    if options.against is None:
        return compact
    message = f"against the older release, and not the float original: {compact.message}"
    return replace(compact, against=options.against, message=message)


def _keep_parities(options: argparse.Namespace, path: str, outcomes: Sequence[ParityReport | EdgekitError]) -> None:
    """Add what devices gave to the report of the run that the artifact is of; the host's is there."""
    reports = [outcome for outcome in outcomes if isinstance(outcome, ParityReport) and _elsewhere(outcome)]
    if not reports:
        return
    artifact, run = _of_run(path)
    if run is None or Path(options.model).absolute() != run / "model":
        return
    from edgekit.report.refresh import keep_parity  # heavy

    try:
        _note_kept({keep_parity(artifact, report) for report in reports})
    except MissingExtraError as error:
        _note_undrawn(run, error)


def _keep_latencies(options: argparse.Namespace, outcomes: Sequence[BenchReport | EdgekitError]) -> None:
    """Add what devices gave to the report of the run that the artifact is of; the host's is there."""
    reports = [outcome for outcome in outcomes if isinstance(outcome, BenchReport) and _elsewhere(outcome)]
    if not reports:
        return
    artifact, run = _of_run(options.artifact)
    if run is None:
        return
    from edgekit.report.refresh import keep_latency  # heavy

    try:
        _note_kept({keep_latency(artifact, report) for report in reports})
    except MissingExtraError as error:
        _note_undrawn(run, error)


def _elsewhere(report: ParityReport | BenchReport) -> bool:
    return report.device != HOST or report.delegate is not None


def _of_run(path: str) -> tuple[Artifact, Path | None]:
    """Return an artifact, and the folder of the run that it is of."""
    from edgekit.models.artifact import load_artifact  # heavy
    from edgekit.models.run_layout import run_of  # heavy

    artifact = load_artifact(path)
    return artifact, run_of(artifact)


def _note_kept(reports: set[Path | None]) -> None:
    for report in filter(None, reports):
        note(f"kept beside the other devices in {report}")


def _note_undrawn(run: Path, error: MissingExtraError) -> None:
    note(f"kept for the report of {run}, which is not drawn anew: {error}")


def bench(options: argparse.Namespace) -> int:
    """Measure the latency of an artifact."""
    placements = placements_of(options)
    with progress("bench") as advance:
        outcomes = _measured(options, placements, advance)
    if len(outcomes) == 1 and isinstance(outcomes[0], EdgekitError):
        raise outcomes[0]
    _keep_latencies(options, outcomes)
    if len(outcomes) == 1 and isinstance(outcomes[0], BenchReport):
        print_json(outcomes[0].to_json()) if options.json else output.latency(outcomes[0])
        return 0
    if options.json:
        print_json({"devices": _entries(placements, outcomes)})
    else:
        output.latencies([_named(outcome, placement) for outcome, placement in zip(outcomes, placements, strict=True)])
    return _worst_code(outcomes)


def _measured(
    options: argparse.Namespace, placements: Sequence[Placement], advance: Advance
) -> list[BenchReport | EdgekitError]:
    """Return what each placement gave: those that are other machines at once, those on this one after another."""
    from edgekit.inference.latency import bench as measure  # heavy

    model = options.artifact if options.size is None else sized_artifact(options)

    def measured(placement: Placement) -> BenchReport | EdgekitError:
        try:
            return measure(model, placement=placement, runs=options.runs)
        except EdgekitError as error:
            return error

    distant = [placement for placement in placements if placement.is_remote]
    with ThreadPoolExecutor(max(1, len(distant))) as threads:
        started = {placement: threads.submit(measured, placement) for placement in distant}
        outcomes = {placement: measured(placement) for placement in placements if placement not in started}
        for placement, future in started.items():
            outcomes[placement] = future.result()
            advance(len(outcomes), len(placements), placement.device)
    return [outcomes[placement] for placement in placements]


def _named(outcome: Outcome | EdgekitError, placement: Placement) -> Outcome | output.Failure:
    """Return what a device gave; of one that gave nothing, its name and why."""
    if isinstance(outcome, EdgekitError):
        return output.Failure(device=placement.device, error=shown(outcome))
    return outcome


def _entries(
    placements: Sequence[Placement], outcomes: Sequence[ParityReport | BenchReport | EdgekitError]
) -> list[JsonObject]:
    """Return what several devices gave, as JSON values."""
    return [
        {"device": placement.device, "error": shown(outcome)}
        if isinstance(outcome, EdgekitError)
        else outcome.to_json()
        for placement, outcome in zip(placements, outcomes, strict=True)
    ]


def _worst_code(outcomes: Sequence[ParityReport | BenchReport | EdgekitError]) -> int:
    """Return the exit code that tells most: a failed gate before bad input, a device out of reach, and no verdict."""
    codes = {_code(outcome) for outcome in outcomes}
    return next((code for code in (1, 2, 4, 3) if code in codes), 0)


def _code(outcome: ParityReport | BenchReport | EdgekitError) -> int:
    if isinstance(outcome, EdgekitError):
        return outcome.exit_code
    return EXIT_CODES[outcome.verdict] if isinstance(outcome, ParityReport) else 0


def _names(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    if wrong:
        raise EdgekitError(f"--bind {wrong[0]}: say it as OURS=THEIRS")
    return {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs}
