"""Golden vectors: a few raw samples and what the original answered, by which an artifact proves itself where it runs.

golden.json       names, labels and raw inputs of the samples, names of the outputs
0-image.jpg ...   the raw inputs, as they were given
original-0.npy    the original's answers, one row per sample, in the order of the outputs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import UnsetType
from numpy.typing import NDArray

from edgekit.adapters.session import Session
from edgekit.contract.alignment import with_floats
from edgekit.contract.contract import Contract
from edgekit.data.arrays import ArraySamples, array_samples
from edgekit.data.samples import Samples
from edgekit.data.tables import Column, TableSamples
from edgekit.documents.bundle import GoldenIndex, GoldenInput, GoldenSample
from edgekit.errors import BundleError, OutputError
from edgekit.evaluation.reference import Answers
from edgekit.system.files import new_folder, write_json

GOLDEN_FILE = "golden.json"
COUNT = 8
"""Samples that are kept."""
LIGHT = 256 * 1024
"""Bytes of a file up to which it is preferred."""
ROUNDING = 1e-3
"""Share of an output's largest value that rounding in other kernels may change."""


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Golden vectors.

    Attributes:
        samples: The raw samples.
        labels: The true label of each, as a word; None: it has none.
        answers: The original's answers, by output, one row per sample.
    """

    samples: Samples
    labels: tuple[str | None, ...]
    answers: Mapping[str, NDArray[Any]]

    def errors(self, session: Session) -> dict[str, float]:
        """Return the root mean square of the differences between a session's answers and the original's, by output."""
        contract = with_floats(session.contract)
        outputs = session.run_each(**self.samples.read(0, len(self.samples), contract))
        return {
            name: float(np.sqrt(np.mean((outputs[name] - answers.astype(np.float64)) ** 2)))
            for name, answers in self.answers.items()
        }

    def limits(self, errors: Mapping[str, float]) -> dict[str, float]:
        """Return how large errors may be elsewhere: twice what they are here, and a rounding.

        An int8 model on other kernels differs from itself as much as from the original (measured: 0.0087 against
        0.0100 between LiteRT's and tflite-runtime's). On the same photos a wrong order of colours makes 11 times the
        error, another filter 4 times; a difference in how four pixels are weighed, 1.7 times, is not told from that.

        Args:
            errors: What they are here, by output.
        """
        return {
            name: 2 * errors[name] + ROUNDING * float(np.abs(values.astype(np.float64)).max(initial=0.0))
            for name, values in self.answers.items()
        }


def write_golden(folder: Path, samples: Samples, answers: Answers, contract: Contract) -> None:
    """Choose a few samples, each class in its turn, and keep them with the original's answers.

    Args:
        folder: Where they go; what is there is replaced.
        samples: Raw samples.
        answers: The original's answers to all of them.
        contract: The original's.
    """
    chosen = _chosen(samples)
    names = [spec.name for spec in contract.outputs]
    with new_folder(folder, sign=GOLDEN_FILE) as new:
        entries = tuple(
            GoldenSample(
                name=samples.names[index],
                label=_label(samples, index),
                inputs=_raw_inputs(samples, index, contract, new, row),
            )
            for row, index in enumerate(chosen)
        )
        for position, name in enumerate(names):
            rows = [answers.read(index, index + 1)[name] for index in chosen]
            np.save(new / f"original-{position}.npy", np.concatenate(rows), allow_pickle=False)
        write_json(new / GOLDEN_FILE, GoldenIndex(samples=entries, outputs=tuple(names)).to_json())


def _chosen(samples: Samples) -> list[int]:
    """Return the places of the samples that are kept, light ones first, and of each class as many."""
    order = sorted(range(len(samples)), key=lambda index: (_bytes(samples, index) > LIGHT, index))
    if samples.labels is None:
        return sorted(order[:COUNT])
    counts: dict[int, int] = {}
    turns = []
    for index in order:
        turn = counts[samples.labels[index]] = counts.get(samples.labels[index], 0) + 1
        turns.append((turn, index))
    return sorted(index for _, index in sorted(turns, key=lambda pair: pair[0])[:COUNT])


def _bytes(samples: Samples, index: int) -> int:
    if not isinstance(samples, TableSamples):
        return 0
    return sum(column.path(index).stat().st_size for column in samples.columns.values() if column.files)


def _label(samples: Samples, index: int) -> str | None:
    if samples.labels is None:
        return None
    number = samples.labels[index]
    return str(number) if samples.classes is None else samples.classes[number]


def _raw_inputs(samples: Samples, index: int, contract: Contract, folder: Path, row: int) -> dict[str, GoldenInput]:
    """Write the raw inputs of a sample, as the golden sample of a row, and return what they are."""
    if isinstance(samples, ArraySamples):
        return {
            spec.name: _array_input(samples.row(index, spec), folder, f"{row}-{spec.name}") for spec in contract.inputs
        }
    assert isinstance(samples, TableSamples), "there are two kinds of raw samples"
    inputs = {}
    for name, column in samples.columns.items():
        public = name or contract.inputs[0].name
        if not column.files:
            inputs[public] = GoldenInput(text=column.cells[index])
            continue
        file = f"{row}-{public}{column.path(index).suffix.lower()}"
        (folder / file).write_bytes(column.path(index).read_bytes())
        inputs[public] = GoldenInput(file=file)
    return inputs


def _array_input(array: NDArray[Any], folder: Path, name: str) -> GoldenInput:
    np.save(folder / f"{name}.npy", array, allow_pickle=False)
    return GoldenInput(array=f"{name}.npy")


def read_golden(folder: Path) -> Golden:
    """Read what `write_golden` wrote.

    Raises:
        BundleError: It is damaged.
    """
    try:
        index = GoldenIndex.load(folder / GOLDEN_FILE)
        answers = {
            name: np.load(folder / f"original-{position}.npy", allow_pickle=False)
            for position, name in enumerate(index.outputs)
        }
        return Golden(
            samples=_samples(folder, index.samples),
            labels=tuple(sample.label for sample in index.samples),
            answers=answers,
        )
    except (OSError, ValueError, KeyError, IndexError, OutputError) as error:
        raise BundleError(f"{folder / GOLDEN_FILE} is damaged: {error}", path=folder / GOLDEN_FILE) from error


def _samples(folder: Path, entries: Sequence[GoldenSample]) -> Samples:
    columns = {name: _cells(entries, name) for name in entries[0].inputs}
    if any(cell.array for cells in columns.values() for cell in cells):
        return array_samples({name: _rows(folder, cells) for name, cells in columns.items()})
    names = tuple(entry.name for entry in entries)
    return TableSamples(columns={name: _column(folder, cells) for name, cells in columns.items()}, names=names)


def _cells(entries: Sequence[GoldenSample], name: str) -> list[GoldenInput]:
    """Return an input of all samples."""
    return [entry.inputs[name] for entry in entries]


def _rows(folder: Path, cells: Sequence[GoldenInput]) -> NDArray[Any]:
    """Return the arrays of an input, one row per sample."""
    arrays: NDArray[Any] = np.concatenate(
        [np.load(_inside(folder, _given(cell.array)), allow_pickle=False) for cell in cells]
    )
    return arrays


def _column(folder: Path, cells: Sequence[GoldenInput]) -> Column:
    """Return the sentences or the files of an input."""
    if cells[0].file:
        return Column(cells=tuple(str(_inside(folder, _given(cell.file))) for cell in cells), files=True)
    return Column(cells=tuple(_given(cell.text) for cell in cells), files=False)


def _given(text: str | UnsetType) -> str:
    """Return what an input has; all samples have it in the same way."""
    if isinstance(text, UnsetType):
        raise ValueError("an input is a file, a sentence or an array, the same in all samples")
    return text


def _inside(folder: Path, name: str) -> Path:
    if Path(name).name != name:
        raise BundleError(f"{folder / GOLDEN_FILE} names a file elsewhere: {name!r}", path=folder / GOLDEN_FILE)
    return folder / name
