from __future__ import annotations

from typing import Any

import pytest

from edgekit.adapters.metric import Notation, Unit
from edgekit.documents.run import ArtifactEntry, ParityRule, RunReport
from edgekit.report.charts import draw_charts
from edgekit.report.numbers import Metric, metric_of

ACCURACY = metric_of(ParityRule(metric="accuracy", max_drop=0.02, threshold=None, confidence=0.95))


def entries(document: dict[str, Any]) -> tuple[ArtifactEntry, ...]:
    return RunReport.from_json(document).artifacts


def test_every_variant_is_named_and_text_is_text(document: dict[str, Any]) -> None:
    charts = draw_charts(entries(document), ACCURACY, 0.02)
    for chart in (charts.sizes, charts.drops, charts.latencies):
        assert chart is not None
        for variant in ("tflite-fp32", "tflite-fp16", "tflite-int8", "onnx-int8"):
            assert f">{variant}</text>" in chart
    assert [panel.variant for panel in charts.panels] == ["tflite-fp16", "tflite-int8", "onnx-int8"]


def test_nothing_measured_nothing_drawn(bare: dict[str, Any]) -> None:
    charts = draw_charts(entries(bare), ACCURACY, None)
    assert (charts.sizes, charts.drops, charts.latencies, charts.panels) == (None, None, None, ())


def test_limit_is_drawn_only_if_there_is_one(document: dict[str, Any]) -> None:
    with_limit = draw_charts(entries(document), ACCURACY, 0.02).drops or ""
    without = draw_charts(entries(document), ACCURACY, None).drops or ""
    assert ">limit 2.0</text>" in with_limit
    assert "limit 2.0" not in without


def test_a_score_without_an_interval_is_drawn_as_a_mark(document: dict[str, Any]) -> None:
    for artifact in document["artifacts"][:4]:
        artifact["parity"]["task"]["drop_interval"] = None
    drops = draw_charts(entries(document), ACCURACY, 0.02).drops or ""
    assert "<use " in drops
    assert "not measured" not in drops


@pytest.mark.parametrize("edges", [[0.0, 1e-6, 1e-3, 1.0], [1e-9, 1e-6, 1e-3, 1.0]])
def test_a_distribution_may_start_at_zero(document: dict[str, Any], edges: list[float]) -> None:
    output = document["artifacts"][1]["parity"]["outputs"]["probabilities"]
    output["histogram"] = {"edges": edges, "counts": [5, 3, 1]}
    (panel,) = draw_charts(entries(document)[:2], ACCURACY, 0.02).panels
    assert ">10⁻³</text>" in panel.svg


def test_a_dollar_sign_in_a_name_is_a_dollar_sign(document: dict[str, Any]) -> None:
    document["artifacts"][1]["variant"] = "tflite-$\\frac$ <b>"
    assert ">tflite-$\\frac$ &lt;b&gt;</text>" in (draw_charts(entries(document), ACCURACY, 0.02).drops or "")


def test_an_error_metric_rises_with_its_drop(document: dict[str, Any]) -> None:
    for artifact in document["artifacts"][:4]:
        task = artifact["parity"]["task"]
        task |= {"reference": 1.0, "candidate": 1.0 + task["drop"]}
    assert draw_charts(
        entries(document), Metric(notation=Notation(name="loss", title="loss", unit=Unit.NUMBER, drop="loss")), 0.02
    ).sizes
