from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.data.csv_files import csv_table
from edgekit.data.targets import LABELS, VALUES
from edgekit.errors import DataError


def written(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_files_beside_the_table(photos: Path) -> None:
    samples = csv_table(written(photos, "image,label\na/0.png,x\nb/1.png,y\n"))
    assert (samples.names, samples.labels, samples.classes) == (("a/0.png", "b/1.png"), (0, 1), ("x", "y"))
    with pytest.raises(DataError, match=r"row 3, column 'image': there is no file .*99\.png"):
        csv_table(written(photos, "image,label\na/0.png,x\nb/99.png,y\n"))


def test_other_cells_are_texts(tmp_path: Path) -> None:
    samples = csv_table(written(tmp_path, 'text,label\n"well, well",good\nno,bad\n'))
    assert samples.columns["text"].cells == ("well, well", "no")
    assert samples.names == ("row 2: well, well", "row 3: no")


def test_labels_and_values_are_targets(tmp_path: Path) -> None:
    labels = csv_table(written(tmp_path, "text,labels\nred and round,red;round\nneither,\n")).targets
    values = csv_table(written(tmp_path, "text,target.age,target.bmi\nx,3,20.5\ny,4,21\n")).targets
    assert labels is not None
    assert (labels.kind, labels.names, labels.rows) == (LABELS, ("red", "round"), ((1.0, 1.0), (0.0, 0.0)))
    assert values is not None
    assert (values.kind, values.names, values.rows) == (VALUES, ("age", "bmi"), ((3.0, 20.5), (4.0, 21.0)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has to have a header"),
        ("text,label\n", "at least one row"),
        ("label\nx\n", "one column per input"),
        ("text,label\na,x,more\n", "row 2: not 2 values"),
        ("text,label\na\n", "row 2: not 2 values"),
        ("text,label\na,x\nb, \n", "row 3: the label is empty"),
        ("text,label,labels\na,x,y\n", "says what is right"),
        ("text,target\na,many\n", "target"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        csv_table(written(tmp_path, text))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"text,label\n\xff\xfe,x\n")
    with pytest.raises(DataError, match="not a CSV file in UTF-8"):
        csv_table(tmp_path / "list.csv")
