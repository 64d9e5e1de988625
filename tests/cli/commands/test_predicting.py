"""The command that answers: each input has its answer or its error, and the exit code says if one has an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.cli.main import main
from tests.cli.commands.conftest import Printed
from tests.documents.validation import check_document
from tests.evaluation.mean_models import mean_model


@pytest.fixture
def artifact(demo_run: Path) -> str:
    return str(demo_run / "artifacts" / "onnx-fp32")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--top", "0"], "--top is at least 1"),
        (["--device", "host", "--device", "ssh://pi@raspberrypi"], "give --device once"),
        (["--range", "1", "0"], "the lower value comes first"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str], reason: str, artifact: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", artifact, "photo.png", *words]) == 2
    assert reason in capsys.readouterr().err


def test_a_broken_input_stands_beside_the_others_answers(
    artifact: str, digits: Path, tmp_path: Path, printed_json: Printed
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no photo")
    photo = next((digits / "five").iterdir())
    assert main(["predict", artifact, str(broken), str(photo), "--top", "2", "--json"]) == 2
    document = printed_json()
    check_document(document, "prediction")
    first, second = document["predictions"]
    assert "error" in first
    assert len(second["top"]) == 2
    assert main(["predict", artifact, str(photo), "--json"]) == 0
    assert "error" not in printed_json()["predictions"][0]


def test_a_bare_file_takes_range_and_labels_of_its_user(digits: Path, tmp_path: Path, printed_json: Printed) -> None:
    file, labels = mean_model(tmp_path / "model.onnx"), tmp_path / "labels.txt"
    labels.write_text("cat\ndog\nfox\n")
    photo = str(next((digits / "five").iterdir()))
    words = ["predict", str(file), photo, "--range", "0", "1", "--labels", str(labels), "--top", "3", "--json"]
    assert main(words) == 0
    (prediction,) = printed_json()["predictions"]
    assert {entry["label"] for entry in prediction["top"]} == {"cat", "dog", "fox"}
    labels.write_text("cat\ndog\n")
    assert main(words) == 2
