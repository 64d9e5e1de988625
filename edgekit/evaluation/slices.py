"""Slices: the drop of accuracy among samples of one class, one size, or one value of a column of the data.

A model may lose nothing on the whole and much on a part. The more parts are looked at, the more of them look bad by
chance: intervals of slices have the confidence ``1 - (1 - c) / k`` for ``k`` slices (Bonferroni's correction), so that
all of them together hold with confidence ``c``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of_file
from edgekit.data.samples import Samples
from edgekit.data.tables import TableSamples
from edgekit.documents.parity import Slice
from edgekit.evaluation.intervals import paired_drop_interval

MOST_VALUES = 20
"""Values of a column up to which it makes slices; one with more tells samples apart, and not kinds of them."""
REFERENCE_RIGHT, CANDIDATE_RIGHT = 1, 2
"""Bits of an outcome."""


def slices_of(
    samples: Samples, outcomes: NDArray[np.uint8], contract: Contract, confidence: float
) -> tuple[list[Slice], float]:
    """Return what became of each slice, that with the greatest drop first, and the confidence of their intervals.

    Args:
        samples: All samples.
        outcomes: For each, who was right, by `REFERENCE_RIGHT` and `CANDIDATE_RIGHT`.
        contract: The original's.
        confidence: That all intervals together have.
    """
    groups = {
        (by, value): np.asarray(indices)
        for by, values in _columns(samples, contract).items()
        for value, indices in _indices(values).items()
    }
    corrected = 1 - (1 - confidence) / max(1, len(groups))
    slices = [_slice(by, value, outcomes[indices], corrected) for (by, value), indices in groups.items()]
    return sorted(slices, key=lambda part: (-part.drop, -part.samples)), corrected


def _slice(by: str, value: str, outcomes: NDArray[np.uint8], confidence: float) -> Slice:
    before, after = (outcomes & REFERENCE_RIGHT) > 0, (outcomes & CANDIDATE_RIGHT) > 0
    lost, won, count = int((before & ~after).sum()), int((~before & after).sum()), len(outcomes)
    return Slice(
        by=by,
        value=value,
        samples=count,
        reference=float(before.mean()),
        candidate=float(after.mean()),
        drop=(lost - won) / count,
        drop_interval=paired_drop_interval(lost, won, count, confidence),
        right_to_wrong=lost,
        wrong_to_right=won,
    )


def _indices(values: list[str]) -> Mapping[str, list[int]]:
    """Return by value the numbers of the samples that have it."""
    indices: dict[str, list[int]] = {}
    for index, value in enumerate(values):
        indices.setdefault(value, []).append(index)
    return indices


def _columns(samples: Samples, contract: Contract) -> dict[str, list[str]]:
    """Return the values by which samples are told apart; those that all share tell nothing."""
    columns = dict(_all_columns(samples, contract))
    return {
        by: values for by, values in columns.items() if 1 < len(set(values)) <= max(MOST_VALUES, _classes(samples, by))
    }


def _classes(samples: Samples, by: str) -> int:
    return len(samples.classes or ()) if by == "class" else 0


def _all_columns(samples: Samples, contract: Contract) -> Iterator[tuple[str, list[str]]]:
    if samples.labels is not None:
        names = samples.classes
        yield "class", [str(label) if names is None else names[label] for label in samples.labels]
    if not isinstance(samples, TableSamples):
        return
    inputs = {name for spec in contract.inputs for name in (spec.name, spec.key)}
    only = len(samples.columns) == 1 == len(contract.inputs)
    for name, column in samples.columns.items():
        if not only and name not in inputs:
            yield name, [_shortened(column.cells[row]) for row in range(len(samples))]
        elif column.files:
            yield from _header_slices([column.path(row) for row in range(len(samples))])


def _shortened(cell: str) -> str:
    return cell if len(cell) <= 40 else f"{cell[:37]}..."


def _header_slices(paths: Sequence[Path]) -> Iterator[tuple[str, list[str]]]:
    """Return what the headers of files tell apart, such as sizes; what only some of them say is left out."""
    rows = [_header(path) for path in paths]
    for by in rows[0]:
        if all(by in row for row in rows):
            yield by, [row[by] for row in rows]


@functools.cache
def _header(path: Path) -> Mapping[str, str]:
    return medium_of_file(path).slices(path)
