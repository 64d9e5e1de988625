"""Drift has a line of what operators do alone, one of what piles up, and a mark for each culprit."""

from __future__ import annotations

from xml.etree import ElementTree

from msgspec.structs import replace

from edgekit.documents.diagnosis import Diagnosis
from edgekit.report.drift import draw_drift
from tests.report.conftest import make_diagnosis

DIAGNOSIS = Diagnosis.from_json(make_diagnosis())


def marks(svg: str) -> int:
    """Return how many points are marked as culprits; the legend has one of its own."""
    uses = [node for node in ElementTree.fromstring(svg).iter("use") if "fill-fail" in node.get("class", "")]
    return len(uses)


def test_each_culprit_is_marked() -> None:
    marked = draw_drift(DIAGNOSIS)
    assert all(word in marked for word in ("accumulated", "alone", "culprit", "SQNR, dB"))
    assert marks(marked) == marks(draw_drift(replace(DIAGNOSIS, culprits=()))) + 1


def test_an_operator_without_noise_has_no_point() -> None:
    exact = tuple(replace(operator, alone_db=None) for operator in DIAGNOSIS.culprits)
    assert marks(draw_drift(replace(DIAGNOSIS, culprits=exact))) == marks(draw_drift(DIAGNOSIS)) - 1


def test_ids_are_kept_apart_by_name() -> None:
    assert 'id="left-title"' in draw_drift(DIAGNOSIS, name="left")
    assert 'id="left-title"' not in draw_drift(DIAGNOSIS, name="right")
