"""What commands print as JSON can be read by any parser, or is refused."""

from __future__ import annotations

import json

import pytest

from edgekit.cli.json_output import EXIT_CODES, print_json


def test_one_object_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"name": "Größe", "size": None, "sizes": [1, 2.5]}
    print_json(document)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "Größe" in printed
    assert json.loads(printed) == document


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_refused(number: float, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"drop": number})
    assert capsys.readouterr().out == ""


def test_every_verdict_has_an_exit_code_of_its_own() -> None:
    assert EXIT_CODES == {"pass": 0, "fail": 1, "inconclusive": 3}
