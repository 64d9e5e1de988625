"""Predictions as people read them: labels with scores, the first numbers of what has none, errors as errors."""

from __future__ import annotations

import pytest

from edgekit.cli.output.predictions import SHOWN, prediction


def test_labels_lie_under_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    top = [{"label": "daisy", "score": 0.75, "applies": True}, {"label": "sunflowers", "score": 0.25}]
    prediction({"input": "photo.jpg", "top": top})
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "photo.jpg"
    assert second == "  daisy       0.7500  applies"
    assert third == "  sunflowers  0.2500"


def test_of_many_numbers_the_first_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    prediction({"input": "photo.jpg", "outputs": {"embedding": [[float(index) for index in range(SHOWN + 1)]]}})
    printed = " ".join(capsys.readouterr().out.split())
    assert f"0 1 2 3 4 5 6 7 ... ({SHOWN + 1} in all, by --json)" in printed
    assert str(float(SHOWN)) not in printed


def test_few_numbers_are_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    prediction({"input": "row", "outputs": {"values": [1.5, 2.5]}})
    assert capsys.readouterr().out == "row\n  values: 1.5 2.5\n"


def test_an_error_stands_in_the_answers_place(capsys: pytest.CaptureFixture[str]) -> None:
    prediction({"input": "broken.jpg", "error": "no photo"})
    assert capsys.readouterr().out == "broken.jpg\n  no photo\n"
