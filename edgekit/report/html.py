"""The report as one HTML file, which asks nothing of any network and runs no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from importlib import resources
from typing import TYPE_CHECKING, Any

from edgekit.contract.contract import Contract
from edgekit.contract.prose import Part, contract_parts
from edgekit.errors import MissingExtraError
from edgekit.report import contract_text as contract
from edgekit.report import numbers
from edgekit.report.attachments import NOTHING_KEPT
from edgekit.report.disagreements import disagreements, summary
from edgekit.report.sparsity import sparsity
from edgekit.report.wording import STATES, sentence, state

if TYPE_CHECKING:
    from jinja2 import Environment

# How many of the worst samples are in sight, and how many more are folded away; the rest is in report.json.
SAMPLES_SHOWN, SAMPLES_FOLDED = 12, 36
EMPTY = {"contract": None, "not_in_metadata": [], **NOTHING_KEPT}
"""What an entry lacks that an earlier edgekit wrote, or of which nothing was kept."""
DRIFT_WIDTH = 360
"""As wide as the other charts, in pixels."""


def render_html(document: dict[str, Any]) -> str:
    """Return ``document`` as a page.

    Raises:
        MissingExtraError: jinja2 or matplotlib is not installed.
    """
    try:
        environment = _environment()
        import matplotlib  # noqa: F401 - asked for here, before a part of the page is made
    except ModuleNotFoundError as error:
        raise MissingExtraError("the report", missing=error.name or "jinja2", extra="report") from error
    style = resources.files("edgekit.report").joinpath("report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.jinja").render(
        **_facts(document), style=style, style_digest=_style_digest(style)
    )


def _facts(document: dict[str, Any]) -> dict[str, Any]:
    """Return what the template needs: the document, and what is worked out from it."""
    from edgekit.planning.cpu_operators import left_to_cpu
    from edgekit.report.charts import draw_charts
    from edgekit.report.drift import draw_drift
    from edgekit.report.plans import draw_plans

    artifacts = [{**EMPTY, **artifact} for artifact in document["artifacts"]]
    rule = document["parity"] or dict.fromkeys(("metric", "max_drop", "threshold", "confidence"))
    tasks = [artifact["parity"]["task"] for artifact in artifacts if artifact["parity"] and artifact["parity"]["task"]]
    worst = disagreements(artifacts)
    metric = numbers.Metric(name=rule["metric"] or "score", threshold=rule["threshold"])
    drawn = metric if metric.has_drop else numbers.Metric(name="agreement")
    return {
        "document": {"command": None, **document},
        "artifacts": artifacts,
        "rule": rule,
        "metric": metric,
        "drawn": drawn,
        "sentence": sentence(artifacts),
        "states": STATES,
        "original": _original(tasks),
        "scored": bool(tasks),
        "samples": _samples(artifacts),
        "charts": draw_charts(
            artifacts if metric.has_drop else [_by_agreement(a) for a in artifacts],
            drawn,
            rule["max_drop"],
            document["calibration"],
        ),
        "drifts": {
            artifact["variant"]: draw_drift(artifact["debug"], name=f"drift-{place}", width=DRIFT_WIDTH)
            for place, artifact in enumerate(artifacts)
            if artifact["debug"]
        },
        "plans": {
            artifact["variant"]: draw_plans(artifact["plans"], name=f"plans-{place}")
            for place, artifact in enumerate(artifacts)
            if artifact["plans"]
        },
        "left": {
            artifact["variant"]: [
                (plan["delegate"], each) for plan in artifact["plans"] for each in left_to_cpu(plan["ops"])
            ]
            for artifact in artifacts
        },
        "contracts": {artifact["variant"]: _parts(artifact["contract"]) for artifact in artifacts},
        "devices": {artifact["variant"]: _devices(artifact) for artifact in artifacts},
        "sparsity": {artifact["variant"]: sparsity(artifact, artifacts) for artifact in artifacts},
        "worst": worst,
        "worst_summary": summary(worst, tasks),
        "samples_shown": SAMPLES_SHOWN,
        "samples_folded": SAMPLES_FOLDED,
    }


def _parts(told: dict[str, Any] | None) -> list[Part]:
    """Return a contract as a reader would follow it, step by step."""
    return [] if told is None else contract_parts(Contract.from_json(told))


def _devices(artifact: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what devices gave, beside what the run itself measured on its host; of no device, nothing."""
    if not artifact["devices"]:
        return []
    parity, latency = artifact["parity"], artifact["latency"]
    host = {
        "device": "host",
        "runtime": parity["runtime"] if parity else latency["runtime"] if latency else None,
        "delegate": None,
        "parity": parity,
        "latency": latency and {"latency_ms": {"p99": None, **latency}, "measured_on": latency["measured_on"]},
    }
    return [host, *artifact["devices"]]


def _by_agreement(artifact: dict[str, Any]) -> dict[str, Any]:
    """Return an artifact whose score, for the charts, is the share of samples that agree; the original's is one."""
    if not artifact["parity"] or not artifact["parity"]["task"]:
        return artifact
    task = artifact["parity"]["task"]
    share, (low, high) = task["agreement"], task["agreement_interval"]
    seen = {
        "candidate": share,
        "candidate_interval": [low, high],
        "reference": 1.0,
        "drop": 1 - share,
        "drop_interval": [1 - high, 1 - low],
    }
    return {**artifact, "parity": {**artifact["parity"], "task": {**task, **seen}}}


def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("edgekit.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {word.__name__: word for word in FILTERS}
    return environment


def noise(output: dict[str, Any]) -> str:
    """Return an output's signal-to-noise ratio, which is ``exact`` where there was no noise at all."""
    if output["sqnr_db"] is not None:
        return numbers.decibel(output["sqnr_db"])
    return "exact" if output["max_abs"] == 0 else numbers.MISSING


def worst_noise(artifact: dict[str, Any]) -> str:
    """Return the signal-to-noise ratio of an artifact's worst output."""
    outputs = list(artifact["parity"]["outputs"].values()) if artifact["parity"] else []
    noisy = [output["sqnr_db"] for output in outputs if output["sqnr_db"] is not None]
    if noisy:
        return numbers.decibel(min(noisy))
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


def _original(tasks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the original's score and interval, or ``None`` if there is none that holds for all variants."""
    scores = [{"score": task["reference"], "interval": task["reference_interval"]} for task in tasks]
    return scores[0] if scores and all(score == scores[0] for score in scores) else None


def _samples(artifacts: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of samples that variants were compared on; mostly one."""
    return sorted({artifact["parity"]["samples"] for artifact in artifacts if artifact["parity"]})


def _style_digest(style: str) -> str:
    """Return the digest by which the page's policy allows its one style sheet: https://www.w3.org/TR/CSP3/."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
