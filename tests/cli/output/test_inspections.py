"""Modules as people read them: every port, the commonest ops, risks if any, and which feeding fits."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.cli.output.inspections import inspection
from edgekit.documents.inspection import FeedingProbe, InspectionReport, Port, Risk, SignatureEntry

REPORT = InspectionReport(
    handle="hub/module",
    digest="sha256:00",
    format="tf2-hub",
    signatures={
        "serving_default": SignatureEntry(
            inputs={"image": Port(dtype="float32", shape=(None, 8, 8, 3))},
            outputs={"features": Port(dtype="float32", shape=None), "count": Port(dtype="int64", shape=())},
        )
    },
    bytes=1_500_000,
    ops={f"Op{index}": index for index in range(1, 9)},
    risks=(),
)
BEST = FeedingProbe(
    feeding="0 to 1", recipe={"range": (0.0, 1.0)}, accuracy=0.9, interval=(0.8, 0.95), behind=None, fits=True
)
WORSE = FeedingProbe(
    feeding="-1 to 1", recipe={"range": (-1.0, 1.0)}, accuracy=0.5, interval=(0.4, 0.6), behind=(0.3, 0.5), fits=False
)


def test_every_port_is_shown_with_its_shape(capsys: pytest.CaptureFixture[str]) -> None:
    inspection(REPORT)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "hub/module: tf2-hub, 1.50 MB"
    assert "  input  image: float32 [?, 8, 8, 3]" in printed
    assert "  output features: float32 of any rank" in printed
    assert "  output count: int64 []" in printed


def test_the_commonest_ops_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    inspection(REPORT)
    assert "ops: 8 kinds; most are Op8 x8, Op7 x7, Op6 x6, Op5 x5, Op4 x4, Op3 x3\n" in capsys.readouterr().out


def test_a_risk_is_named_and_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    inspection(REPORT)
    assert "risks: no op reaches outside the graph" in capsys.readouterr().out
    inspection(replace(REPORT, risks=(Risk(op="ReadFile", where="serve", risk="reads files"),)))
    printed = capsys.readouterr().out
    assert "risk: ReadFile reads files (serve)" in printed
    assert "no op reaches outside" not in printed


def test_the_one_feeding_that_fits_is_said_as_a_recipe_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    inspection(replace(REPORT, feeding=(BEST, WORSE)))
    printed = " ".join(capsys.readouterr().out.split())
    assert "it wants 0 to 1: range = [0.0, 1.0] under [inputs.NAME] of a recipe" in printed
    assert "50.0 [40.0, 60.0] [30.0, 50.0]" in printed


def test_feedings_that_are_not_told_apart_are_all_named(capsys: pytest.CaptureFixture[str]) -> None:
    inspection(replace(REPORT, feeding=(BEST, replace(WORSE, fits=True))))
    printed = " ".join(capsys.readouterr().out.split())
    assert "these samples do not tell apart: 0 to 1; -1 to 1. More of them would" in printed
    assert "it wants" not in printed
