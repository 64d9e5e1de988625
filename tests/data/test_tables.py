"""CSV files of texts, photos and sounds side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.loading import load_samples
from edgekit.data.splits import split_data, stratified_split
from edgekit.data.tables import TableSamples, prepare
from edgekit.errors import DataError
from edgekit.recipe.recipe import DataRecipe


def spec(name: str, kind: str, **changes: Any) -> InputSpec:
    defaults: dict[str, dict[str, Any]] = {
        "text": {"dtype": "string", "shape": (None,)},
        "image": {"dtype": "float32", "shape": (None, 4, 4, 3), "range": (0.0, 1.0)},
        "audio": {"dtype": "float32", "shape": (None, 80), "sample_rate": 8000},
        "tensor": {"dtype": "float32", "shape": (None, 7)},
    }
    return InputSpec.of(kind, name=name, key=name, **(defaults[kind] | changes))


def contract(*specs: InputSpec) -> Contract:
    return Contract(inputs=specs, outputs=())


ALL = contract(spec("photo", "image"), spec("words", "text"), spec("noise", "audio"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = ["photo,words,noise,label"]
    for index in range(6):
        Image.new("RGB", (5, 5), (index, 0, 0)).save(tmp_path / f"{index}.png")
        soundfile.write(tmp_path / f"{index}.wav", np.full(50, index / 10), 8000)
        rows.append(f'{index}.png,"été, {index}",{index}.wav,{"ab"[index % 2]}')
    (tmp_path / "all.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path / "all.csv"


def test_each_input_reads_the_column_of_its_name(table: Path) -> None:
    samples = load_samples(table)
    assert (samples.classes, samples.labels) == (("a", "b"), (0, 1, 0, 1, 0, 1))
    batch = samples.read(1, 3, ALL)
    assert batch["words"].tolist() == ["été, 1".encode(), "été, 2".encode()]
    assert batch["photo"].shape == (2, 4, 4, 3)
    np.testing.assert_allclose(batch["noise"][1, :50], 0.2, atol=1e-4)
    assert samples.names[2] == "2.png, 2.wav"
    assert samples.preview(0, ALL).picture


def test_decoded_once_and_the_same(table: Path, tmp_path: Path) -> None:
    samples = load_samples(table)
    assert isinstance(samples, TableSamples)
    prepared = prepare(samples, ALL, tmp_path, "p", lambda done, total: None).take([4, 1])
    expected = samples.take([4, 1]).read(0, 2, ALL)
    for file in tmp_path.glob("*.wav"):
        file.unlink()
    for name, values in prepared.read(0, 2, ALL).items():
        np.testing.assert_array_equal(values, expected[name])


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ((spec("image", "image"), spec("words", "text")), r"no column for input 'image'.*the data has: photo, words"),
        (
            (spec("words", "image"), spec("photo", "image")),
            r"takes words float32 \[\?, 4, 4, 3\], which is image; the data is texts, string \[\?\] \('été",
        ),
        ((spec("photo", "text"), spec("words", "text")), r"photos do not fit: the model takes photo string \[\?\]"),
        (
            (spec("noise", "tensor"), spec("words", "text")),
            r"kind = \"image\" \(or \"audio\".*\) under \[inputs\.noise\]",
        ),
    ],
)
def test_columns_that_do_not_fit(table: Path, specs: tuple[InputSpec, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_samples(table).read(0, 1, contract(*specs))


def test_a_column_of_sentences(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('text,label\n"a, b",x\n,y\n' + "long " * 2000 + ",x\n")
    samples = load_samples(tmp_path / "t.csv")
    assert samples.read(0, 3, contract(spec("anything", "text")))["anything"].tolist()[:2] == [b"a, b", b""]
    assert samples.names[0] == "row 2: a, b"
    assert len(samples.names[2]) < 100


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\n", "at least one row"),
        ("label\na\n", "one column per input"),
        ("text,label\na,b,c\n", "row 2: not 2 values"),
        ("text,label\na\n", "row 2: not 2 values"),
        ('text,label\n"a,b\n', "not a CSV file"),
        ("photo,label\nnowhere.png,a\n", "row 2, column 'photo': there is no file"),
    ],
)
def test_a_csv_that_makes_no_sense(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        load_samples(tmp_path / "t.csv")


def test_the_same_sentence_is_never_in_both_halves(tmp_path: Path) -> None:
    rows = [f"sentence {index % 10},{'ab'[index % 10 % 2]}" for index in range(40)]
    (tmp_path / "t.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    train, held_out = stratified_split(load_samples(tmp_path / "t.csv"), 0.3, seed=0)
    sides = [{part.content(index) for index in range(len(part))} for part in (train, held_out)]
    assert sides[0]
    assert sides[1]
    assert not sides[0] & sides[1]


def test_a_broken_sound_is_skipped_by_name(table: Path) -> None:
    (table.parent / "3.wav").write_bytes(b"no sound")
    data = DataRecipe(train=str(table), skip_bad=True, validation=0.34)
    split = split_data(data, table.parent, lambda done, total: None)
    assert len(split.skipped) == 1
    assert "3.wav: not a sound" in split.skipped[0]


def test_an_empty_label_is_no_class(tmp_path: Path) -> None:
    from edgekit.data.loading import load_samples

    (tmp_path / "texts.csv").write_text("text,label\ngood,a\nbad,\nplain,b\nmore, \n")
    with pytest.raises(DataError, match=r"texts.csv, row 3: the label is empty \(2 such rows\)"):
        load_samples(tmp_path / "texts.csv")
