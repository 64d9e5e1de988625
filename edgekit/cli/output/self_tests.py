"""What parity's self-test found, as people read it."""

from __future__ import annotations

from edgekit.cli.output.text import lines, wrapped
from edgekit.documents.self_test import FaultFinding, SelfTestReport

NOTICED = {
    "verdict": "fails",
    "digest": "refused",
    "refused": "refused",
    "errors": "errors",
    "limit": "right",
    None: "-",
}
"""What is printed of a fault, by what noticed it."""


def self_test(report: SelfTestReport) -> None:
    """Print what noticed each fault, and what there was to see of it."""
    for finding in report.findings:
        mark = "MISSED" if finding.caught is False else NOTICED[finding.by]
        lines(wrapped([f"{mark:<8}{finding.fault}", f"        {finding.evidence}"]))
    applicable = [finding for finding in report.findings if finding.caught is not None]
    faults = [finding for finding in applicable if finding.by != "limit"]
    limits = [finding for finding in applicable if finding.by == "limit"]
    alone = sum(finding.by == "errors" for finding in faults)
    lines(
        wrapped(
            [
                f"{report.variant}, {report.samples} samples: {_caught(faults)} of {len(faults)} faults caught, "
                f"{alone} of them by larger errors alone, which no verdict shows; {_caught(limits)} of {len(limits)} "
                f"drops near the limit judged rightly; of {report.faithful} faithful artifacts "
                f"{report.alarms} taken for faulty ({report.allowed} may be)"
            ]
        )
    )


def _caught(findings: list[FaultFinding]) -> int:
    return sum(finding.caught is True for finding in findings)
