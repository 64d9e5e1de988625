"""What words on a command line mean: files, folders, patterns, standard input, sentences, frames of a video."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgekit.cli.main import main
from edgekit.contract.contract import Contract, InputSpec
from edgekit.errors import DataError
from edgekit.inference.prediction import predict, raw_samples


@pytest.fixture(scope="module")
def artifact(demo_run: Path) -> Path:
    return demo_run / "artifacts" / "tflite-int8"


def labels(*inputs: str, artifact: Path) -> list[str]:
    return [each["top"][0]["label"] for each in predict(artifact, *inputs, top=1)]


def test_files_folders_and_patterns(artifact: Path, digits: Path) -> None:
    photos = sorted((digits / "seven").iterdir())
    assert labels(str(photos[0]), artifact=artifact) == ["seven"]
    assert len(labels(str(digits / "seven"), artifact=artifact)) == len(photos)
    some = labels(f"{photos[0].parent}/*{photos[0].stem[-1]}.png", artifact=artifact)
    assert 0 < len(some) < len(photos)


def test_the_labels_are_those_of_the_contract(artifact: Path, digits: Path) -> None:
    (found,) = predict(artifact, str(next((digits / "three").iterdir())), top=10)
    scores = [each["score"] for each in found["top"]]
    assert scores == sorted(scores, reverse=True)
    assert len({each["label"] for each in found["top"]}) == 10


def test_standard_input(artifact: Path, digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(next((digits / "seven").iterdir()).read_bytes())

    monkeypatch.setattr(sys, "stdin", Stdin())
    assert labels("-", artifact=artifact) == ["seven"]
    Stdin.buffer = io.BytesIO(b"no photo")
    with pytest.raises(DataError, match="standard input: not an image"):
        labels("-", artifact=artifact)


def test_one_bad_file_of_several_is_told(
    artifact: Path, digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(next((digits / "seven").iterdir()), tmp_path / "b.png")
    (tmp_path / "a.jpg").write_text("no photo")
    assert main(["predict", str(artifact), str(tmp_path), "--json"]) == 2
    bad, good = json.loads(capsys.readouterr().out)["predictions"]
    assert "not an image" in bad["error"]
    assert good["top"][0]["label"] == "seven"


@pytest.mark.parametrize(("word", "told"), [("nothing.jpg", "there is no file nothing.jpg"), ("", "holds no files")])
def test_what_is_not_there(word: str, told: str, artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=told):
        labels(word or str(tmp_path), artifact=artifact)


def test_a_frame_of_a_video(artifact: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed: pip install 'edgekit[camera]'")
    writer = cv2.VideoWriter(str(tmp_path / "x.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 5, (64, 64))
    for _ in range(3):
        writer.write(np.zeros([64, 64, 3], np.uint8))
    writer.release()
    assert len(labels(f"camera:{tmp_path / 'x.avi'}", artifact=artifact)) == 1
    with pytest.raises(DataError, match="gives no frame"):
        labels(f"camera:{tmp_path / 'none.avi'}", artifact=artifact)


def spec(name: str, kind: str) -> InputSpec:
    return InputSpec.of(kind, name=name, dtype="string" if kind == "text" else "float32", shape=(None,), key=name)


def test_sentences(tmp_path: Path) -> None:
    contract = Contract(inputs=(spec("text", "text"),), outputs=())
    (tmp_path / "lines").write_text("one\ntwo\n")
    assert raw_samples(["a rose", f"@{tmp_path / 'lines'}"], contract, tmp_path).names == ("a rose", "one", "two")
    with pytest.raises(DataError, match="begins with @"):
        raw_samples(["@nothing"], contract, tmp_path)


def test_several_inputs(tmp_path: Path) -> None:
    contract = Contract(inputs=(spec("title", "text"), spec("body", "text")), outputs=())
    found = raw_samples(["body=b = c", "title=a"], contract, tmp_path)
    assert [value.tolist() for value in found.read(0, 1, contract).values()] == [[b"a"], [b"b = c"]]
    for words in (["title=a"], ["titel=a", "body=b"]):
        with pytest.raises(DataError, match="say title=VALUE body=VALUE"):
            raw_samples(words, contract, tmp_path)


def test_a_bare_file_of_unknown_range_is_told_it(
    demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from edgekit.formats.tflite.graph import read_graph, write_graph

    loaded = read_graph((demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes())
    loaded.metadata = []
    bare, photo = tmp_path / "bare.tflite", tmp_path / "photo.png"
    bare.write_bytes(write_graph(loaded))
    Image.fromarray(np.random.default_rng(0).integers(0, 256, [40, 40, 3], np.uint8)).save(photo)
    assert main(["predict", str(bare), str(photo)]) == 2
    assert "--range LOW HIGH" in capsys.readouterr().err
    assert main(["predict", str(bare), str(photo), "--range", "0", "1", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["predictions"][0]["outputs"].values()
    known = demo_run / "artifacts" / "tflite-fp32"
    assert main(["predict", str(known), str(photo), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["predictions"][0]["top"][0]["score"] == pytest.approx(max(answer))
    assert main(["predict", str(bare), str(photo), "--range", "1", "0"]) == 2
    assert "the lower value comes first" in capsys.readouterr().err
    assert main(["predict", str(known), str(photo), "--range", "0", "1"]) == 2
    assert "leave --range out" in capsys.readouterr().err
