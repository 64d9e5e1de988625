"""Findings: noise as a share of the signal, and the whole in a sentence that claims no more than was measured."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.debugging.findings import GOOD_DB, share, worded
from edgekit.documents.diagnosis import Diagnosis
from tests.report.conftest import make_diagnosis

DIAGNOSIS = Diagnosis.from_json({**make_diagnosis(), "sqnr_db": 10.0, "healthy_db": 30.0, "restored_db": 29.0})
ONES = np.ones((2, 3), np.float32)


def test_noise_is_a_share_of_the_signal() -> None:
    assert share([ONES], [ONES]) == 0
    assert share([ONES], [0.5 * ONES]) == pytest.approx(0.25)
    assert share([ONES, ONES], [ONES, 0 * ONES]) == pytest.approx(0.5)  # over all samples, not their mean


def test_noise_where_there_is_no_signal_is_all() -> None:
    assert share([0 * ONES], [ONES]) == 1
    assert share([0 * ONES], [0 * ONES]) == 0
    assert share([], []) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_all_noise(value: float) -> None:
    candidate = ONES.copy()
    candidate[0, 0] = value
    assert share([ONES], [candidate]) == np.inf


def test_samples_and_answers_go_together() -> None:
    with pytest.raises(ValueError, match="zip"):
        share([ONES, ONES], [ONES])


def test_no_stage_is_to_blame() -> None:
    assert worded(replace(DIAGNOSIS, stage=None)).message == f"no stage costs much: each keeps {GOOD_DB:g} dB or more"


def test_another_stage_is_to_blame() -> None:
    message = worded(replace(DIAGNOSIS, stage="float conversion")).message
    assert message == "the error enters in the float conversion, not in the quantization"


def test_one_culprit_that_is_faulty_was_put_right() -> None:
    assert worded(DIAGNOSIS).message == "1 operator brings the error in; put right, 10.0 dB become 29.0 dB"


def test_culprits_of_a_healthy_artifact_were_left_in_float() -> None:
    healthy = replace(DIAGNOSIS, healthy_db=11.0, restored_db=None, culprits=2 * DIAGNOSIS.culprits)
    assert worded(healthy).message == "2 operators bring the error in; left in float, 10.0 dB become no noise"


def test_quantization_as_good_as_it_can_be_blames_nobody() -> None:
    blameless = replace(DIAGNOSIS, culprits=(), sqnr_db=29.0)
    assert "no operator is to blame: quantization leaves 29.0 dB" in worded(blameless).message
    assert "spread over many operators" in worded(replace(blameless, sqnr_db=10.0)).message
    assert "spread over many operators" in worded(replace(blameless, healthy_db=None)).message  # nobody knows
