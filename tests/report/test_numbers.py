from __future__ import annotations

import pytest

from edgekit.documents.run import ParityRule
from edgekit.report import numbers
from edgekit.report.contract_text import said
from edgekit.report.numbers import MINUS, TIMES


@pytest.mark.parametrize(
    "say",
    [
        numbers.cosine,
        numbers.count,
        numbers.milliseconds,
        numbers.number,
        numbers.number_interval,
        numbers.points,
        numbers.score,
        numbers.share,
        numbers.share_interval,
        numbers.size,
    ],
)
def test_none_is_not_measured(say: object) -> None:
    assert callable(say)
    assert say(None) == "not measured"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0.0%"), (1e-6, "<0.1%"), (0.0004, "<0.1%"), (0.975, "97.5%"), (0.9999, ">99.9%"), (1.0, "100.0%")],
)
def test_a_share_is_never_rounded_to_none_or_all(value: float, words: str) -> None:
    assert numbers.share(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0.0"), (-0.0, "0.0"), (0.02, "2.0"), (-0.015, f"{MINUS}1.5"), (0.0002, "0.02"), (-0.0001, f"{MINUS}0.01")],
)
def test_points(value: float, words: str) -> None:
    assert numbers.points(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0\xa0B"), (999, "999\xa0B"), (680_000, "680\xa0kB"), (3_100_000, "3.10\xa0MB"), (45_000_000, "45.00\xa0MB")],
)
def test_size(value: int, words: str) -> None:
    assert numbers.size(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.00001234, f"1.23{TIMES}10⁻⁵"),
        (-2.5, f"{MINUS}2.5"),
        (0.0, "0"),
        (1234.4, "1234"),
        (12345678.0, f"1.23{TIMES}10⁷"),
    ],
)
def test_number(value: float, words: str) -> None:
    assert numbers.number(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.0123, "0.012\xa0ms"), (1.4, "1.40\xa0ms"), (14.0, "14.0\xa0ms"), (140.0, "140\xa0ms")]
)
def test_milliseconds(value: float, words: str) -> None:
    assert numbers.milliseconds(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(1.0, "1.0000"), (0.999999, ">0.9999"), (0.98712, "0.9871"), (-0.5, f"{MINUS}0.5000")]
)
def test_a_cosine_is_never_rounded_to_one(value: float, words: str) -> None:
    assert numbers.cosine(value) == words


def rule(metric: str | None, threshold: float | None = None) -> ParityRule:
    return ParityRule(metric=metric, max_drop=0.02, threshold=threshold, confidence=0.95)


def test_a_metric_that_is_no_share_has_no_percent() -> None:
    unknown = numbers.metric_of(rule("mean absolute error"))
    assert (unknown.score(1.25), unknown.drop(0.05), unknown.drop_unit) == ("1.25", "0.05", "")
    accuracy = numbers.metric_of(rule("accuracy"))
    assert (accuracy.score(0.5), accuracy.drop(0.05), accuracy.drop_unit) == ("50.0%", "5.0", " points")
    error = numbers.metric_of(rule("nmae"))
    assert (error.heading, error.truth_heading, error.drop_unit) == ("Error / spread", "True values", " points")


def test_a_similarity_says_from_when_on_samples_agree() -> None:
    ratio = numbers.metric_of(rule("psnr", 30.0))
    assert (ratio.heading, ratio.agrees, ratio.has_drop) == ("Median PSNR", "PSNR ≥ 30.0\N{NO-BREAK SPACE}dB", False)
    assert numbers.metric_of(rule("neighbours", 1.0)).agrees == "same neighbour"
    assert numbers.metric_of(rule("agreement")).agrees == "same class"
    assert numbers.metric_of(None).heading == "Score"


@pytest.mark.parametrize(
    ("value", "key", "words"),
    [
        ([None, 224, 224, 3], "shape", f"any {TIMES} 224 {TIMES} 224 {TIMES} 3"),
        ([], "shape", "scalar"),
        ([0.0, 1.0], "range", "0 to 1"),
        (True, "antialias", "yes"),
        (None, "labels", "not given"),
        ({"scale": 0.5, "zero_point": 0}, "quantization", "scale 0.5, zero_point 0"),
    ],
)
def test_a_contract_in_words(value: object, key: str, words: str) -> None:
    assert said(value, key) == words
