"""Bundles, as people read them."""

from __future__ import annotations

from edgekit.cli.output.text import lines, wrapped
from edgekit.documents.bundle import BundleReport, ReproductionReport, VerificationReport
from edgekit.report.verdict_table import MARKS
from edgekit.system.printable import size


def bundle(report: BundleReport) -> None:
    """Print where a bundle is, and how it is run."""
    lines(
        [
            f"bundle: {report.bundle}, {size(report.bytes)}",
            f"digest: {report.digest}",
            f"parity: {MARKS[report.parity] if report.parity else 'not measured'}",
            *([f"signed: {report.signature}"] if report.signature else []),
            f"on the device: python3 {report.bundle} --verify",
        ]
    )


def verification(name: str, report: VerificationReport) -> None:
    """Print whether a bundle is as it was made, and what is wrong if it is not."""
    where = f" on {report.device}, {report.runtime}" if report.runtime else ""
    lines(wrapped([f"{name}{where}: {'good' if report.ok else 'BAD'}"]))
    for output, golden in (report.golden or {}).items():
        lines([f"  {output}: {golden.error:.3g} from the original on its golden samples, limit {golden.limit:.3g}"])
    if report.signature:
        how = "; give --key to check it" if report.signature == "not checked" else ""
        lines([f"  signature: {report.signature}{how}"])
    lines(wrapped(f"  {problem}" for problem in report.problems))


def reproduction(report: ReproductionReport) -> None:
    """Print whether the same came out, and what differs."""
    lines([f"made again: {report.bundle}", "the same bytes" if report.same else "it differs:"])
    lines(wrapped(f"  {difference}" for difference in report.differences))
