"""A diagnosis as people read it: stages, culprits where there are any, and what was not compared as such."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.cli.output.findings import diagnosis
from edgekit.documents.diagnosis import Diagnosis
from tests.report.conftest import make_diagnosis

DIAGNOSIS = replace(Diagnosis.from_json(make_diagnosis()), measured_at="probabilities;softmax", evaluations=7)


def test_culprits_are_listed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    diagnosis(DIAGNOSIS)
    printed = capsys.readouterr().out
    assert "1 operator brings the error in" in printed
    assert "culprit" in printed
    assert printed.count("CONV_2D") == len(DIAGNOSIS.culprits) == 1
    assert "measured at probabilities; 7 models run" in printed


def test_without_culprits_the_five_worst_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    diagnosis(replace(DIAGNOSIS, culprits=()))
    printed = capsys.readouterr().out
    assert "worst alone" in printed
    assert printed.count("CONV_2D") == 5


def test_a_stage_without_noise_is_exact(capsys: pytest.CaptureFixture[str]) -> None:
    diagnosis(DIAGNOSIS)
    rows = dict(line.strip().rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines() if "exact" in line)
    assert rows == {"float conversion": "exact"}


def test_what_was_not_compared_is_not_exact(capsys: pytest.CaptureFixture[str]) -> None:
    (culprit,) = DIAGNOSIS.culprits
    stages = tuple(stage for stage in DIAGNOSIS.stages if stage.sqnr_db is not None)
    unknown = replace(culprit, compared=False, alone_db=None, accumulated_db=None)
    diagnosis(replace(DIAGNOSIS, stages=stages, culprits=(unknown,)))
    printed = capsys.readouterr().out
    assert "exact" not in printed
    assert printed.count("?") == 2
