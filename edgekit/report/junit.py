"""The verdicts as JUnit XML, which continuous integration shows as tests: one test case per variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from xml.etree import ElementTree

from edgekit.documents.parity import GateReport
from edgekit.documents.run import ArtifactEntry, RunReport
from edgekit.report.wording import state

Facts = Mapping[str, str | int | float | None]
"""Properties by name; one that is None was not measured."""


def render_junit(report: RunReport) -> bytes:
    """Return a report as JUnit XML: a failed gate is a failure, no verdict is skipped, not built is an error."""
    counts = Counter(state(artifact) for artifact in report.artifacts)
    numbers = {
        "tests": str(len(report.artifacts)),
        "failures": str(counts["fail"]),
        "errors": str(counts["unbuilt"]),
        "skipped": str(counts["inconclusive"] + counts["uncompared"]),
    }
    root = ElementTree.Element("testsuites", {"name": "edgekit", **numbers})
    suite = ElementTree.SubElement(root, "testsuite", {"name": report.name, **numbers})
    _add_properties(suite, _facts(report))
    for artifact in report.artifacts:
        _add_case(suite, report.name, artifact)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add_case(suite: ElementTree.Element, name: str, artifact: ArtifactEntry) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=name, name=artifact.variant)
    if artifact.seconds is not None:
        case.set("time", f"{artifact.seconds:.3f}")
    _add_properties(case, _measured(artifact))
    if artifact.status == "failed":
        reason = (artifact.error or "").strip().partition("\n")[0]
        error = ElementTree.SubElement(case, "error", type="conversion", message=reason or "not built")
        error.text = artifact.error
    elif artifact.parity is None:
        ElementTree.SubElement(case, "skipped", message="not compared with the original")
    elif artifact.parity.verdict == "fail":
        failure = ElementTree.SubElement(case, "failure", type="parity", message=artifact.parity.message)
        failure.text = "\n".join(_gate(gate) for gate in artifact.parity.gates)
    elif artifact.parity.verdict == "inconclusive":
        ElementTree.SubElement(case, "skipped", message=artifact.parity.message)


def _gate(gate: GateReport) -> str:
    value = "not measured" if gate.value is None else gate.value
    interval = "" if gate.interval is None else f" ({gate.interval[0]} to {gate.interval[1]})"
    return f"{gate.name}: {value}{interval}, limit {gate.limit}: {gate.verdict}"


def _facts(report: RunReport) -> Facts:
    facts: dict[str, str | int | float | None] = {"measured_on": report.measured_on}
    if report.parity is not None:
        facts |= report.parity.to_json()
    versions = report.versions or {}
    return facts | {f"version.{name}": version for name, version in versions.items()}


def _measured(artifact: ArtifactEntry) -> Facts:
    facts: dict[str, str | int | float | None] = {
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "made_by": artifact.made_by,
    }
    if artifact.parity is not None:
        facts["samples"] = artifact.parity.samples
        task = artifact.parity.task
        if task is not None:
            facts |= {"reference": task.reference, "candidate": task.candidate}
            facts |= {"drop": task.drop, "agreement": task.agreement}
    if artifact.latency is not None:
        facts |= {"latency_ms.p50": artifact.latency.p50, "latency_ms.p90": artifact.latency.p90}
    return facts


def _add_properties(parent: ElementTree.Element, facts: Facts) -> None:
    """Add what was measured; what was not is left out, for a property has no other way to say so."""
    measured = {name: value for name, value in facts.items() if value is not None}
    if measured:
        properties = ElementTree.SubElement(parent, "properties")
        for name, value in measured.items():
            ElementTree.SubElement(properties, "property", name=name, value=str(value))
