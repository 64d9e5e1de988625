"""CSV files of samples: a column for each input, of texts or of paths, and what is right."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from edgekit.contract.medium import media_suffixes
from edgekit.data.tables import Column, TableSamples
from edgekit.data.targets import SEVERAL, TARGET_ARRAYS, VALUE_COLUMN, Targets, label_targets, value_targets
from edgekit.errors import DataError


def csv_table(path: Path) -> TableSamples:
    """Open a CSV file with a header: one column per input, of texts or of paths relative to the file, and labels.

    Those are ``label`` (one class), ``labels`` (any number of them, apart by ``;``), or ``target`` (a number; several
    are ``target.NAME`` each). Without such a column nothing is known.

    Raises:
        DataError: It has no such columns, no rows, or names files that are not there.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            rows, columns = list(reader), [name for name in reader.fieldnames or [] if not _says_what_is_right(name)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8: {error}") from error
    if not columns or not rows:
        raise DataError(f"{path} has to have a header with one column per input (and 'label'), and at least one row")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise DataError(f"{path}, row {number}: not {len(reader.fieldnames or [])} values, as the header has")
    table = {name: _column(path, name, _cells(rows, name)) for name in columns}
    names = tuple(_row_name(table, rows, number) for number in range(len(rows)))
    unlabelled = [number for number, row in enumerate(rows, 2) if "label" in row and not row["label"].strip()]
    if unlabelled:
        raise DataError(
            f"{path}, row {unlabelled[0]}: the label is empty ({len(unlabelled)} such rows): fill or remove it"
        )
    if "label" not in rows[0]:
        return TableSamples(columns=table, names=names, targets=_targets(path, rows))
    if any(_says_what_is_right(name) and name != "label" for name in rows[0]):
        raise DataError(f"{path}: {SEVERAL}")
    classes = tuple(sorted({row["label"] for row in rows}))
    number_of = {name: number for number, name in enumerate(classes)}
    labels = tuple(number_of[row["label"]] for row in rows)
    return TableSamples(columns=table, names=names, labels=labels, classes=classes)


def _cells(rows: Sequence[Mapping[str, str]], column: str) -> list[str]:
    return [row[column] for row in rows]


def _says_what_is_right(column: str) -> bool:
    return column in ("label", *TARGET_ARRAYS) or column.startswith(f"{VALUE_COLUMN}.")


def _targets(path: Path, rows: Sequence[Mapping[str, str]]) -> Targets | None:
    names = [name for name in rows[0] if _says_what_is_right(name)]
    if not names:
        return None
    if len(names) > 1 and {"labels", VALUE_COLUMN} & set(names):
        raise DataError(f"{path}: {SEVERAL}")
    try:
        if "labels" in names:
            return label_targets([row["labels"] for row in rows])
        return value_targets({name.removeprefix(f"{VALUE_COLUMN}."): _cells(rows, name) for name in names})
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _column(path: Path, name: str, cells: list[str]) -> Column:
    """Return a column: of files, if any of its cells names one or all look like names of media, else of texts."""
    files = [path.parent / cell for cell in cells]
    exists = [_is_file(file) for file in files]
    suffixes = media_suffixes()
    if not any(exists) and not all(file.suffix.lower() in suffixes for file in files):
        return Column(cells=tuple(cells), files=False)
    if not all(exists):
        number = exists.index(False)
        raise DataError(f"{path}, row {number + 2}, column {name!r}: there is no file {files[number]}")
    return Column(cells=tuple(str(file) for file in files), files=True)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text that is too long for a path, or has a null byte
        return False


def _row_name(table: Mapping[str, Column], rows: Sequence[Mapping[str, str]], number: int) -> str:
    """Return how a row is called in reports: by its files, else by its number and the start of its text."""
    files = [rows[number][name] for name, column in table.items() if column.files]
    if files:
        return ", ".join(files)
    text = " ".join(next(iter(table.values())).cells[number].split())
    return f"row {number + 2}: {text[:77] + '...' if len(text) > 80 else text}"
