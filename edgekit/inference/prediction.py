"""Predicting: raw files, sentences or camera frames become labels and scores, by a bundle's or artifact's contract."""

from __future__ import annotations

import glob
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import asdict, replace
from numpy.typing import NDArray

from edgekit.adapters.task import task_of
from edgekit.contract.alignment import with_floats
from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import ARRAYS, TEXTS, lacks_range, medium_of
from edgekit.data.samples import Samples
from edgekit.data.tables import Column, TableSamples
from edgekit.errors import DataError, nearest
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.system.files import JsonObject
from edgekit.system.optional import require

CAMERA = "camera:"
STDIN = "-"


def predict(
    model: Artifact | str | Path,
    *inputs: str,
    top: int = 5,
    placement: Placement | None = None,
    pixels: tuple[float, float] | None = None,
) -> Iterator[JsonObject]:
    """Answer raw inputs one by one.

    Args:
        model: A bundle, an artifact, or a bare file.
        inputs: Each a file, a folder or a pattern of files, ``-`` for standard input, ``camera:0``, or, of a model
            that takes text, the sentence itself or ``@FILE`` with one per line. Of a model with several inputs
            ``name=value``, one for each.
        top: Number of labels.
        placement: What runs it.
        pixels: Of a bare file that does not say it, the values of the darkest and the brightest pixel.

    Yields:
        Per input ``{"input", "top": [{"label", "score"}, ...]}``; of a model without labels ``{"input", "outputs"}``;
        of one of several that cannot be read ``{"input", "error"}``.

    Raises:
        DataError: An input is missing, or is not what the model takes.
    """
    artifact = model if isinstance(model, Artifact) else load_artifact(model)
    with (
        tempfile.TemporaryDirectory(prefix="edgekit-") as scratch,
        open_session(artifact, **asdict(placement or Placement())) as session,
    ):
        contract = _with_range(with_floats(session.contract), pixels)
        samples = raw_samples(inputs, contract, Path(scratch))
        for index, name in enumerate(samples.names):
            try:
                batch = samples.read(index, index + 1, contract)
            except DataError as error:  # the others are answered all the same
                if len(samples) == 1:
                    raise DataError(error.fact.replace(str(Path(scratch) / "0.png"), "standard input")) from error
                yield {"input": name, "error": error.fact}
                continue
            yield {"input": name, **_answer(contract, session.run(**batch), top)}


def _with_range(contract: Contract, pixels: tuple[float, float] | None) -> Contract:
    """Return a contract whose photos have a range, where it does not say one."""
    if pixels is None:
        return contract
    if not any(lacks_range(spec) for spec in contract.inputs):
        raise DataError("the model says itself which range its photos have, or takes none", setting="pixels")
    inputs = [spec.with_settings(range=pixels) if lacks_range(spec) else spec for spec in contract.inputs]
    return replace(contract, inputs=tuple(inputs))


def _answer(contract: Contract, outputs: Mapping[str, NDArray[Any]], top: int) -> JsonObject:
    labelled = next((spec for spec in contract.outputs if spec.labels is not None), contract.classifier)
    if labelled is None:
        return {"outputs": {name: values[0].tolist() for name, values in outputs.items()}}
    return dict(task_of(labelled.meaning).prediction(outputs[labelled.name][0], labelled, top))


def raw_samples(words: Sequence[str], contract: Contract, scratch: Path) -> Samples:
    """Return the samples that words on a command line mean.

    Args:
        words: As `predict` takes them.
        contract: What the model takes.
        scratch: A folder for what comes from a camera or standard input.

    Raises:
        DataError: A word means nothing to this model.
    """
    if not contract.inputs:
        raise DataError("the model has no inputs, so there is nothing to answer")
    if len(contract.inputs) > 1:
        return _several(words, contract, scratch)
    spec = contract.inputs[0]
    source = medium_of(spec).source
    if source == ARRAYS and len(words) == 1 and words[0].endswith(".npz"):
        from edgekit.data.arrays import npz_samples  # startup

        return npz_samples(_paths(words[0], spec.name)[0])
    if source == ARRAYS:
        return _arrays({spec.name: [path for word in words for path in _paths(word, spec.name)]})
    if source == TEXTS:
        texts = [text for word in words for text in _texts(word)]
        return TableSamples(columns={spec.name: Column(cells=tuple(texts), files=False)}, names=tuple(texts))
    files = [pair for index, word in enumerate(words) for pair in _files(word, spec.name, scratch / f"{index}.png")]
    column = Column(cells=tuple(str(path) for _, path in files), files=True)
    return TableSamples(columns={spec.name: column}, names=tuple(name for name, _ in files))


def _several(words: Sequence[str], contract: Contract, scratch: Path) -> Samples:
    """Return the one sample that ``name=value`` for each input is."""
    words_of = dict(word.partition("=")[::2] for word in words)
    names = [spec.name for spec in contract.inputs]
    wrong = next((name for name in words_of if name not in names), None)
    if wrong is not None or len(words_of) < len(names):
        how = " ".join(f"{name}=VALUE" for name in names)
        hint = "" if wrong is None else nearest(wrong, names)
        raise DataError(f"the model has several inputs, say {how}{hint}")
    if any(medium_of(spec).source == ARRAYS for spec in contract.inputs):
        return _arrays({name: _paths(words_of[name], name) for name in names})
    columns = {spec.name: _column(words_of[spec.name], spec, scratch) for spec in contract.inputs}
    return TableSamples(columns=columns, names=(" ".join(words),))


def _column(word: str, spec: InputSpec, scratch: Path) -> Column:
    """Return the one cell that a word is for an input: a sentence, or a file."""
    if medium_of(spec).source == TEXTS:
        return Column(cells=(word,), files=False)
    _, path = _files(word, spec.name, scratch / f"{spec.name}.png")[0]
    return Column(cells=(str(path),), files=True)


def _texts(word: str) -> list[str]:
    if word == STDIN:
        return sys.stdin.read().splitlines()
    if not word.startswith("@"):
        return [word]
    path = Path(word[1:])
    if not path.is_file():
        raise DataError(f"no file {path.absolute()}; a sentence that begins with @ is given by a file, or by -")
    return path.read_text(encoding="utf-8").splitlines()


def _files(word: str, name: str, scratch: Path) -> list[tuple[str, Path]]:
    """Return files with what they are called; what is no file yet is written to ``scratch``."""
    if word == STDIN:
        scratch.write_bytes(sys.stdin.buffer.read())
        return [("standard input", scratch)]
    if word.startswith(CAMERA):
        return [(word, _frame(word, scratch))]
    return [(str(path), path) for path in _paths(word, name)]


def _paths(word: str, name: str) -> list[Path]:
    path = Path(word).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        if not files:
            raise DataError(f"input {name!r}: the folder {word} holds no files", input=name, path=path)
        return files
    files = [Path(match) for match in sorted(glob.glob(str(path)))]  # noqa: PTH207
    if not files:
        neighbours = [neighbour.name for neighbour in path.absolute().parent.glob("*")]
        hint = nearest(path.name, neighbours)
        raise DataError(f"input {name!r}: there is no file {word}{hint}", input=name, path=path)
    return files


def _frame(word: str, target: Path) -> Path:
    """Take one frame of a camera, or of a video, by OpenCV."""
    cv2 = require("cv2", asked=f"a frame of {word}", extra="camera")
    source = word.removeprefix(CAMERA)
    capture = cv2.VideoCapture(int(source) if source.isdigit() else source)
    try:
        good, frame = capture.read()
    finally:
        capture.release()
    if not good:
        raise DataError(f"{word} gives no frame: it is 0 for the first camera, or the path of a device or a video")
    cv2.imwrite(str(target), frame)
    return target


def _arrays(paths: Mapping[str, Sequence[Path]]) -> Samples:
    """Return samples of ``.npy`` files, one sample each."""
    from edgekit.data.arrays import array_samples  # startup

    return array_samples({name: _stacked(files) for name, files in paths.items()})


def _stacked(files: Sequence[Path]) -> NDArray[Any]:
    return np.stack([_array(file) for file in files])


def _array(path: Path) -> NDArray[Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no .npy file: the model takes a tensor, one sample per file") from error
    if not isinstance(array, np.ndarray):
        raise DataError(f"{path} holds several arrays: give one .npz file alone, or .npy files of one sample each")
    return array
