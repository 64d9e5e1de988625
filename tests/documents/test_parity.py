"""A parity report without its media says all else."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from edgekit.documents.parity import ParityReport
from tests.report.conftest import make_artifact, make_picture, make_worst

WORST = [make_worst("a.jpg", "tulips", picture=make_picture("tomato"))]
REPORT = ParityReport.from_json(make_artifact("tflite-int8", "pass", drop=0.0, error=0.1, worst=WORST)["parity"])


def test_pictures_and_sounds_are_left_out_and_nothing_else() -> None:
    assert REPORT.worst[0].picture is not UNSET
    compact = REPORT.without_media()
    assert "data:image" not in str(compact.to_json())
    assert compact.worst[0].sample == "a.jpg"
    assert replace(compact, worst=REPORT.worst) == REPORT


def test_a_report_without_samples_stays() -> None:
    nothing = replace(REPORT, worst=())
    assert nothing.without_media() == nothing
