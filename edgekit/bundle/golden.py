"""Golden vectors: a few raw samples and what the original answered, by which an artifact proves itself where it runs.

golden.json       names, labels and raw inputs of the samples, names of the outputs
0-image.jpg ...   the raw inputs, as they were given
original-0.npy    the original's answers, one row per sample, in the order of the outputs
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.session import Session
from edgekit.contract.alignment import with_floats
from edgekit.contract.contract import Contract
from edgekit.data.arrays import ArraySamples, array_samples
from edgekit.data.samples import Samples
from edgekit.data.tables import Column, TableSamples
from edgekit.errors import BundleError
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
        predictions = session.run_each(**self.samples.read(0, len(self.samples), contract))
        return {
            name: float(np.sqrt(np.mean((predictions[name] - expected.astype(np.float64)) ** 2)))
            for name, expected in self.answers.items()
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
        entries = [
            {
                "name": samples.names[index],
                "label": _label(samples, index),
                "inputs": _raw_inputs(samples, index, contract, new, number),
            }
            for number, index in enumerate(chosen)
        ]
        for number, name in enumerate(names):
            rows = [answers.read(index, index + 1)[name] for index in chosen]
            np.save(new / f"original-{number}.npy", np.concatenate(rows), allow_pickle=False)
        write_json(new / GOLDEN_FILE, {"samples": entries, "outputs": names})


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


def _raw_inputs(samples: Samples, index: int, contract: Contract, folder: Path, number: int) -> dict[str, Any]:
    if isinstance(samples, ArraySamples):
        rows = {spec.name: samples.row(index, spec) for spec in contract.inputs}
        for name, row in rows.items():
            np.save(folder / f"{number}-{name}.npy", row, allow_pickle=False)
        return {name: {"array": f"{number}-{name}.npy"} for name in rows}
    assert isinstance(samples, TableSamples), "there are two kinds of raw samples"
    cells_by_input: dict[str, Any] = {}
    for name, column in samples.columns.items():
        called = name or contract.inputs[0].name
        if not column.files:
            cells_by_input[called] = {"text": column.cells[index]}
            continue
        file = f"{number}-{called}{column.path(index).suffix.lower()}"
        (folder / file).write_bytes(column.path(index).read_bytes())
        cells_by_input[called] = {"file": file}
    return cells_by_input


def read_golden(folder: Path) -> Golden:
    """Read what `write_golden` wrote.

    Raises:
        BundleError: It is damaged.
    """
    try:
        value = json.loads((folder / GOLDEN_FILE).read_text(encoding="utf-8"))
        entries = value["samples"]
        inputs = {name: _cells(entries, name) for name in entries[0]["inputs"]}
        answers = {
            name: np.load(folder / f"original-{number}.npy", allow_pickle=False)
            for number, name in enumerate(value["outputs"])
        }
        return Golden(
            samples=_samples(folder, inputs, [str(entry["name"]) for entry in entries]),
            labels=tuple(entry["label"] for entry in entries),
            answers=answers,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise BundleError(f"{folder / GOLDEN_FILE} is damaged: {error}") from error


def _cells(entries: list[dict[str, Any]], name: str) -> list[dict[str, str]]:
    return [entry["inputs"][name] for entry in entries]


def _samples(folder: Path, inputs: Mapping[str, list[dict[str, str]]], names: list[str]) -> Samples:
    (kind,) = {next(iter(cell)) for cells in inputs.values() for cell in cells} & {"array"} or {"table"}
    if kind == "array":
        return array_samples({name: _stacked(folder, cells) for name, cells in inputs.items()})
    columns = {name: _column(folder, cells) for name, cells in inputs.items()}
    return TableSamples(columns=columns, names=tuple(names))


def _stacked(folder: Path, cells: list[dict[str, str]]) -> NDArray[Any]:
    rows = [np.load(_inside(folder, cell["array"]), allow_pickle=False) for cell in cells]
    return np.concatenate(rows)


def _column(folder: Path, cells: list[dict[str, str]]) -> Column:
    contents = [cell["text"] if "text" in cell else str(_inside(folder, cell["file"])) for cell in cells]
    return Column(cells=tuple(contents), files="file" in cells[0])


def _inside(folder: Path, name: str) -> Path:
    if Path(name).name != name:
        raise BundleError(f"{folder / GOLDEN_FILE} names a file elsewhere: {name!r}")
    return folder / name
