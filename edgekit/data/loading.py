"""Data sets: folders of class folders, CSV and ``.npz`` files become samples, and are fitted to a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import structs

from edgekit.contract.contract import Contract
from edgekit.data.arrays import ArraySamples, npz_samples
from edgekit.data.csv_files import csv_table
from edgekit.data.in_memory.samples import input_for, samples_in_memory
from edgekit.data.samples import Progress, Samples
from edgekit.data.tables import Column, TableSamples, check_files
from edgekit.data.targets import (
    LABELS,
    Targets,
)
from edgekit.errors import DataError, nearest
from edgekit.system.files import missing_part
from edgekit.system.progress import note

DataLike = Any
"""What functions take as data: a path, samples, or what `edgekit.data.in_memory.samples.samples_in_memory` takes."""
KINDS = "a folder of class folders, a .csv or an .npz file"


def load_samples(data: DataLike, contract: Contract | None = None) -> Samples:
    """Open data of any kind that edgekit takes.

    Args:
        data: A folder of class folders, a folder of photos or sounds (no labels), a CSV file with a column of texts
            or paths per input and perhaps ``label``, an ``.npz`` file; samples; or data that is in memory, or that code
            yields: see `edgekit.data.in_memory.samples`.
        contract: What the model takes, which tells more of data that is in memory.

    Raises:
        DataError: There is nothing, or it makes no sense.
    """
    if hasattr(data, "preview") and hasattr(data, "digest"):
        samples: Samples = data
        return samples
    if not isinstance(data, str | Path):
        return samples_in_memory(data, contract)
    path = Path(data).expanduser()
    if path.is_dir():
        return file_folder(path)
    if not path.is_file():
        hint = nearest(*missing_part(path)) or f"; give {KINDS}"
        raise DataError(f"no data at {path.resolve()}{hint}", path=path)
    if path.suffix == ".npz":
        return npz_samples(path)
    if path.suffix == ".csv":
        return csv_table(path)
    raise DataError(f"{path}: data is {KINDS}", path=path)


def file_folder(path: Path) -> TableSamples:
    """Open a folder of class folders: each sub-folder is a class and holds its photos or sounds, at any depth.

    A folder that holds files and no sub-folders gives samples without labels. Hidden files are left out.

    Raises:
        DataError: It is empty, or a class is.
    """
    folders = sorted(item for item in path.iterdir() if item.is_dir() and not item.name.startswith("."))
    if not folders:
        files = _files(path)
        if not files:
            raise DataError(f"{path} is empty: it has to hold one folder per class, with photos or sounds in each")
        return TableSamples(columns=_one_column(files), names=tuple(file.name for file in files))
    per_class = [(folder.name, _files(folder)) for folder in folders]
    empty = [name for name, files in per_class if not files]
    if empty:
        raise DataError(f"{path}: no files in the class folder {', '.join(repr(name) for name in empty)}")
    return TableSamples(
        columns=_one_column([file for _, files in per_class for file in files]),
        names=tuple(file.relative_to(path).as_posix() for _, files in per_class for file in files),
        labels=tuple(index for index, (_, files) in enumerate(per_class) for _ in files),
        classes=tuple(name for name, _ in per_class),
    )


def _one_column(files: Sequence[Path]) -> dict[str, Column]:
    return {"": Column(cells=tuple(str(file) for file in files), files=True)}


def _files(folder: Path) -> tuple[Path, ...]:
    def visible(file: Path) -> bool:
        return file.is_file() and not any(name.startswith(".") for name in file.relative_to(folder).parts)

    return tuple(sorted(file for file in folder.rglob("*") if visible(file)))


def drop_bad_files(samples: TableSamples, progress: Progress) -> tuple[TableSamples, tuple[str, ...]]:
    """Decode every photo and sound and leave out the rows with broken ones.

    Returns:
        The readable samples, and one line per sample that was left out.
    """
    good, skipped = [], []
    for index in range(len(samples)):
        try:
            check_files(samples, index)
            good.append(index)
        except DataError as error:
            skipped.append(error.fact)
        progress(index + 1, len(samples))
    if not good:
        raise DataError(f"none of the {len(samples)} samples can be read; the first: {skipped[0]}")
    return samples.take(good), tuple(skipped)


def match_classes(samples: Samples, classes: tuple[str, ...] | None) -> Samples:
    """Number the labels of ``samples`` by ``classes``, the model's own order.

    Raises:
        DataError: A class is unknown to the model.
    """
    if samples.labels is None or classes is None or samples.classes == classes:
        return samples
    if samples.classes is None:
        if max(samples.labels) >= len(classes) or min(samples.labels) < 0:
            raise DataError(f"label {max(samples.labels)} is out of range: the model has {len(classes)} classes")
        return _relabelled(samples, samples.labels, classes)
    for name in samples.classes:
        if name not in classes:
            first = ", ".join(classes[:10])
            raise DataError(f"the model has no class {name!r}{nearest(name, classes)} (it has: {first})")
    order = [classes.index(name) for name in samples.classes]
    return _relabelled(samples, tuple(order[label] for label in samples.labels), classes)


def _relabelled(samples: Samples, labels: tuple[int, ...], classes: tuple[str, ...]) -> Samples:
    assert isinstance(samples, TableSamples | ArraySamples)
    return structs.replace(samples, labels=labels, classes=classes)


def _forbid_other_arrays(samples: ArraySamples, contract: Contract) -> None:
    inputs = [name for spec in contract.inputs for name in (spec.name, spec.key)]
    for name in samples.rows:
        if name not in inputs:
            raise DataError(
                f"the data has an array {name!r}, which is no input of the model{nearest(name, [*inputs, 'label'])} "
                f"(it has: {', '.join(dict.fromkeys(inputs))}; the labels' array is called label)"
            )


def _named_by_place(samples: ArraySamples, contract: Contract) -> ArraySamples:
    """Return samples whose arrays without names have those of the inputs in their order; of several that is said."""
    if len(contract.inputs) > 1 and list(samples.rows) == [str(place) for place in range(len(contract.inputs))]:
        names = ", ".join(spec.name for spec in contract.inputs)
        note(f"arrays without names are taken for the inputs in this order: {names}; a dict says which is which")
    rows = {}
    for name, array in samples.rows.items():
        spec = input_for(name, contract)
        rows[name if spec is None else spec.name] = array
    return samples if rows.keys() == samples.rows.keys() else structs.replace(samples, rows=rows)


def fit_to_model(samples: Samples, contract: Contract, *, labelled: bool = True) -> Samples:
    """Check samples against a model: labels in the order of its classes, inputs of the shapes that it takes.

    Args:
        samples: Raw samples.
        contract: What the model takes and gives.
        labelled: Whether what is right counts; where it does not, as for calibration, it may be of other classes than
            the model's, and is left out then.

    Raises:
        DataError: The classes, their number or the shapes do not fit; both sides are shown.
    """
    if isinstance(samples, ArraySamples):
        samples = _named_by_place(samples, contract)
        _forbid_other_arrays(samples, contract)
    samples.read(0, 1, contract)
    try:
        return _fit_truth(samples, contract)
    except DataError:
        if labelled:
            raise
        assert isinstance(samples, TableSamples | ArraySamples)
        return structs.replace(samples, labels=None, classes=None, targets=None)


def _fit_truth(samples: Samples, contract: Contract) -> Samples:
    """Bring what is right into the order of the model's classes, labels or values."""
    output = contract.classifier
    if samples.targets is not None:
        return _fit_targets(samples, samples.targets, contract)
    if output is None or samples.labels is None:
        return samples
    count = output.shape[-1]
    classes = output.labels
    if classes is None and samples.classes is not None:
        if len(samples.classes) != count:
            raise DataError(
                f"the data has {len(samples.classes)} classes, the model's output {output.name!r} has {count}: "
                f"state the model's classes in their order, by labels = [...] in the recipe",
                setting="labels",
            )
        classes = samples.classes
    if classes is None and count is not None:
        classes = tuple(str(index) for index in range(count))
    return match_classes(samples, classes)


def _fit_targets(samples: Samples, targets: Targets, contract: Contract) -> Samples:
    """Bring labels into the order of the model's."""
    if contract.classifier is not None:
        raise DataError(
            f"the model tells classes, one for each sample, and the data has {targets.kind}: the class of a sample is "
            f"called label"
        )
    output = contract.multilabel if targets.kind == LABELS else contract.regression
    if output is None or output.labels is None or targets.names == output.labels:
        return samples
    assert isinstance(samples, TableSamples | ArraySamples)
    if targets.names != tuple(map(str, range(len(targets.names)))):
        return structs.replace(samples, targets=targets.in_order(output.labels))
    if len(targets.names) != len(output.labels):
        raise DataError(
            f"the data has {len(targets.names)} {targets.kind}, the model's output {output.name!r} has "
            f"{output.shape[-1]}"
        )
    renamed = structs.replace(targets, names=output.labels)  # an array's are in the model's order
    return structs.replace(samples, targets=renamed)
