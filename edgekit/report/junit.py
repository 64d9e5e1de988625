"""The verdicts as JUnit XML, which continuous integration shows as tests: one test case per variant."""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.etree import ElementTree

from edgekit.report.wording import state


def render_junit(document: dict[str, Any]) -> bytes:
    """Return ``document`` as JUnit XML: a failed gate is a failure, no verdict is skipped, not built is an error."""
    artifacts = document["artifacts"]
    counts = Counter(state(artifact) for artifact in artifacts)
    numbers = {
        "tests": str(len(artifacts)),
        "failures": str(counts["fail"]),
        "errors": str(counts["unbuilt"]),
        "skipped": str(counts["inconclusive"] + counts["uncompared"]),
    }
    root = ElementTree.Element("testsuites", {"name": "edgekit", **numbers})
    suite = ElementTree.SubElement(root, "testsuite", {"name": document["name"], **numbers})
    _add_properties(suite, _facts(document))
    for artifact in artifacts:
        _add_case(suite, document["name"], artifact)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add_case(suite: ElementTree.Element, name: str, artifact: dict[str, Any]) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=name, name=artifact["variant"])
    if artifact["seconds"] is not None:
        case.set("time", f"{artifact['seconds']:.3f}")
    _add_properties(case, _measured(artifact))
    found = state(artifact)
    if found == "fail":
        failure = ElementTree.SubElement(case, "failure", type="parity", message=artifact["parity"]["message"])
        failure.text = "\n".join(_gate(gate) for gate in artifact["parity"]["gates"])
    elif found == "unbuilt":
        error = ElementTree.SubElement(case, "error", type="conversion", message=_first_line(artifact["error"]))
        error.text = artifact["error"]
    elif found != "pass":
        message = artifact["parity"]["message"] if artifact["parity"] else "not compared with the original"
        ElementTree.SubElement(case, "skipped", message=message)


def _first_line(error: str | None) -> str:
    return (error or "").strip().partition("\n")[0] or "not built"


def _gate(gate: dict[str, Any]) -> str:
    value = "not measured" if gate["value"] is None else gate["value"]
    interval = "" if gate["interval"] is None else f" ({gate['interval'][0]} to {gate['interval'][1]})"
    return f"{gate['name']}: {value}{interval}, limit {gate['limit']}: {gate['verdict']}"


def _facts(document: dict[str, Any]) -> dict[str, Any]:
    rule = document["parity"] or {}
    versions = document["versions"] or {}
    return {"measured_on": document["measured_on"], **rule, **{f"version.{name}": versions[name] for name in versions}}


def _measured(artifact: dict[str, Any]) -> dict[str, Any]:
    found = {name: artifact[name] for name in ("bytes", "sha256", "made_by")}
    parity = artifact["parity"]
    if parity is not None:
        found["samples"] = parity["samples"]
        if parity["task"] is not None:
            found |= {name: parity["task"][name] for name in ("reference", "candidate", "drop", "agreement")}
    if artifact["latency"] is not None:
        found |= {f"latency_ms.{name}": artifact["latency"][name] for name in ("p50", "p90")}
    return found


def _add_properties(parent: ElementTree.Element, facts: dict[str, Any]) -> None:
    """Add what was measured; what was not is left out, for a property has no other way to say so."""
    measured = {name: value for name, value in facts.items() if value is not None}
    if measured:
        properties = ElementTree.SubElement(parent, "properties")
        for name, value in measured.items():
            ElementTree.SubElement(properties, "property", name=name, value=str(value))
