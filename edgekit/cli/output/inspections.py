"""Modules, and ways to feed them, as people read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from edgekit.cli.output.text import lines, table, wrapped
from edgekit.documents.inspection import FeedingProbe, InspectionReport, Port
from edgekit.system.printable import percent, size


def inspection(report: InspectionReport) -> None:
    """Print a module."""
    lines([f"{report.handle}: {report.format}, {size(report.bytes)}", f"digest: {report.digest}"])
    for key, signature in report.signatures.items():
        lines([f"signature {key}"])
        lines(_ports("input", signature.inputs))
        lines(_ports("output", signature.outputs))
    ops = sorted(report.ops.items(), key=lambda item: -item[1])
    lines([f"ops: {len(ops)} kinds; most are " + ", ".join(f"{name} x{count}" for name, count in ops[:6])])
    lines(f"risk: {risk.op} {risk.risk} ({risk.where})" for risk in report.risks)
    lines([] if report.risks else ["risks: no op reaches outside the graph"])
    if report.feeding:
        _feeding(report.feeding)


def _ports(direction: str, ports: Mapping[str, Port]) -> Iterator[str]:
    for name, port in ports.items():
        yield f"  {direction:<6} {name}: {port.dtype} {_shape(port.shape)}"


def _feeding(probes: Sequence[FeedingProbe]) -> None:
    """Print how well a model does with each way of feeding it."""
    table(("fed with", "right", "interval", "behind the best", ""), map(_probe_row, probes))
    fitting = [probe for probe in probes if probe.fits]
    best = ", ".join(f"{key} = {json.dumps(setting)}" for key, setting in fitting[0].recipe.items())
    if len(fitting) == 1:
        lines(wrapped([f"it wants {fitting[0].feeding}: {best} under [inputs.NAME] of a recipe"]))
    else:
        names = "; ".join(probe.feeding for probe in fitting)
        lines(wrapped([f"these samples do not tell apart: {names}. More of them would; the best is {best}"]))


def _probe_row(probe: FeedingProbe) -> list[str]:
    behind = "" if probe.behind is None else _interval(probe.behind)
    return [probe.feeding, percent(probe.accuracy), _interval(probe.interval), behind, "fits" if probe.fits else ""]


def _interval(ends: Sequence[float]) -> str:
    return f"[{100 * ends[0]:.1f}, {100 * ends[1]:.1f}]"


def _shape(shape: Sequence[int | None] | None) -> str:
    if shape is None:
        return "of any rank"
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
