"""The report as one HTML file, which asks nothing of any network and runs no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from msgspec.structs import replace

from edgekit.contract.contract import Contract
from edgekit.contract.prose import Part, contract_parts
from edgekit.documents.document import OpenInterval
from edgekit.documents.parity import OutputErrors, ParityReport, TaskScores
from edgekit.documents.run import ArtifactEntry, ContractJson, DeviceEntry, DeviceParity, ParityRule, RunReport
from edgekit.errors import MissingExtraError
from edgekit.planning.cpu_operators import left_to_cpu
from edgekit.report import contract_text as contract
from edgekit.report import numbers
from edgekit.report.charts import draw_charts
from edgekit.report.disagreements import disagreements, summary
from edgekit.report.drift import draw_drift
from edgekit.report.plans import draw_plans
from edgekit.report.sparsity import sparsity
from edgekit.report.wording import STATES, sentence, state

if TYPE_CHECKING:
    from jinja2 import Environment

# How many of the worst samples are in sight, and how many more are folded away; the rest is in report.json.
SAMPLES_SHOWN, SAMPLES_FOLDED = 12, 36
DRIFT_WIDTH = 360
"""As wide as the other charts, in pixels."""


@dataclass(frozen=True, kw_only=True)
class OriginalScore:
    """The original's score, where it is the same for all variants."""

    score: float | None
    interval: OpenInterval | None


@dataclass(frozen=True, kw_only=True)
class DeviceRow:
    """What an artifact gave on the host of the run, or on a device.

    Attributes:
        device: Where.
        runtime: What ran it.
        delegate: What accelerated it.
        parity: What was compared; None: nothing.
        percentiles: Times in milliseconds by ``p50``, ``p90`` and ``p99``; empty: nothing was measured.
        measured_on: The machine in words.
    """

    device: str
    runtime: str | None
    delegate: str | None
    parity: DeviceParity | ParityReport | None
    percentiles: Mapping[str, float | None]
    measured_on: str | None


def render_html(report: RunReport) -> str:
    """Return a run as a page.

    Raises:
        MissingExtraError: jinja2, matplotlib or scipy is not installed.
    """
    try:
        environment = _environment()
        import matplotlib  # noqa: F401 - asked for here, before a part of the page is made
        import scipy  # noqa: F401 - likewise
    except ModuleNotFoundError as error:
        raise MissingExtraError("the report", missing=error.name or "jinja2", extra="report") from error
    style = resources.files("edgekit.report").joinpath("report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.jinja").render(
        **_facts(report), style=style, style_digest=_style_digest(style)
    )


def _facts(report: RunReport) -> dict[str, object]:
    """Return what the template needs: the document, and what is worked out from it."""
    artifacts = report.artifacts
    tasks = [artifact.task for artifact in artifacts if artifact.task is not None]
    worst = disagreements(artifacts)
    metric = numbers.metric_of(report.parity)
    drawn = metric if metric.has_drop else numbers.AGREEMENT
    return {
        "document": report,
        "artifacts": artifacts,
        "rule": report.parity or ParityRule(metric=None, max_drop=None, threshold=None, confidence=None),
        "metric": metric,
        "drawn": drawn,
        "sentence": sentence(artifacts),
        "states": STATES,
        "original": _original(tasks),
        "scored": bool(tasks),
        "samples": _samples(artifacts),
        "charts": draw_charts(
            artifacts if metric.has_drop else [_by_agreement(artifact) for artifact in artifacts],
            drawn,
            None if report.parity is None else report.parity.max_drop,
            report.calibration,
        ),
        "worst": worst,
        "worst_summary": summary(worst, tasks),
        "samples_shown": SAMPLES_SHOWN,
        "samples_folded": SAMPLES_FOLDED,
        **_by_variant(artifacts),
    }


def _by_variant(artifacts: Sequence[ArtifactEntry]) -> dict[str, object]:
    """Return what is worked out of single artifacts, by their variants."""
    drifts, plans, remainders = {}, {}, {}
    for index, artifact in enumerate(artifacts):
        if artifact.debug is not None:
            drifts[artifact.variant] = draw_drift(artifact.debug, name=f"drift-{index}", width=DRIFT_WIDTH)
        if artifact.plans:
            plans[artifact.variant] = draw_plans(artifact.plans, name=f"plans-{index}")
        remainders[artifact.variant] = [
            (plan.delegate, group) for plan in artifact.plans for group in left_to_cpu(plan.ops)
        ]
    return {
        "drifts": drifts,
        "plans": plans,
        "left": remainders,
        "contracts": {artifact.variant: _parts(artifact.contract) for artifact in artifacts},
        "devices": {artifact.variant: _devices(artifact) for artifact in artifacts},
        "sparsity": {artifact.variant: sparsity(artifact, artifacts) for artifact in artifacts},
    }


def _parts(contract_json: ContractJson | None) -> list[Part]:
    """Return a contract as a reader would follow it, step by step."""
    return [] if contract_json is None else contract_parts(Contract.from_json(contract_json))


def _devices(artifact: ArtifactEntry) -> list[DeviceRow]:
    """Return what devices gave, beside what the run itself measured on its host; of no device, nothing."""
    if not artifact.devices:
        return []
    return [_host_row(artifact), *(_device_row(entry) for entry in artifact.devices)]


def _host_row(artifact: ArtifactEntry) -> DeviceRow:
    parity, latency = artifact.parity, artifact.latency
    runtime = None if latency is None else latency.runtime
    return DeviceRow(
        device="host",
        runtime=runtime if parity is None else parity.runtime,
        delegate=None,
        parity=parity,
        percentiles={} if latency is None else {"p50": latency.p50, "p90": latency.p90, "p99": latency.p99},
        measured_on=None if latency is None else latency.measured_on,
    )


def _device_row(entry: DeviceEntry) -> DeviceRow:
    latency = entry.latency
    times = None if latency is None else latency.latency_ms
    return DeviceRow(
        device=entry.device,
        runtime=entry.runtime,
        delegate=entry.delegate,
        parity=entry.parity,
        percentiles={} if times is None else {"p50": times.p50, "p90": times.p90, "p99": times.p99},
        measured_on=None if latency is None else latency.measured_on,
    )


def _by_agreement(artifact: ArtifactEntry) -> ArtifactEntry:
    """Return an artifact whose score, for the charts, is the share of samples that agree; the original's is one."""
    parity, task = artifact.parity, artifact.task
    if parity is None or task is None:
        return artifact
    low, high = task.agreement_interval
    agreement = replace(
        task,
        candidate=task.agreement,
        candidate_interval=(low, high),
        reference=1.0,
        drop=1 - task.agreement,
        drop_interval=(1 - high, 1 - low),
    )
    return replace(artifact, parity=replace(parity, task=agreement))


def _environment() -> Environment:
    import jinja2  # heavy

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("edgekit.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {word.__name__: word for word in FILTERS}
    return environment


def noise(errors: OutputErrors) -> str:
    """Return an output's signal-to-noise ratio, which is ``exact`` where there was no noise at all."""
    if errors.sqnr_db is not None:
        return numbers.decibel(errors.sqnr_db)
    return "exact" if errors.max_abs == 0 else numbers.MISSING


def worst_noise(artifact: ArtifactEntry) -> str:
    """Return the signal-to-noise ratio of an artifact's worst output."""
    outputs = list(artifact.parity.outputs.values()) if artifact.parity else []
    ratios = [errors.sqnr_db for errors in outputs if errors.sqnr_db is not None]
    if ratios:
        return numbers.decibel(min(ratios))
    return noise(outputs[0]) if outputs else numbers.MISSING


# How the template says what it finds in the document, by the functions' names.
FILTERS: tuple[Callable[..., str], ...] = (
    contract.said,
    noise,
    numbers.cosine,
    numbers.count,
    numbers.decibel,
    numbers.milliseconds,
    numbers.number,
    numbers.number_interval,
    numbers.ratio,
    numbers.score,
    numbers.share,
    numbers.share_interval,
    numbers.size,
    state,
    worst_noise,
)


def _original(tasks: Sequence[TaskScores]) -> OriginalScore | None:
    """Return the original's score and interval, or ``None`` if there is none that holds for all variants."""
    scores = [OriginalScore(score=task.reference, interval=task.reference_interval) for task in tasks]
    return scores[0] if scores and all(score == scores[0] for score in scores) else None


def _samples(artifacts: Sequence[ArtifactEntry]) -> list[int]:
    """Return the numbers of samples that variants were compared on; mostly one."""
    return sorted({artifact.parity.samples for artifact in artifacts if artifact.parity})


def _style_digest(style: str) -> str:
    """Return the digest by which the page's policy allows its one style sheet: https://www.w3.org/TR/CSP3/."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
