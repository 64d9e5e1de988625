"""Data sets: folders of class folders, CSV and ``.npz`` files become samples, and are split without overlap."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.contract import Contract
from edgekit.errors import DataError, nearest
from edgekit.images import read_image
from edgekit.recipe import DataRecipe
from edgekit.samples import ArraySamples, ImageSamples, Progress, Samples, array_samples, content_digest, npz_samples

DataLike = str | Path | Samples | Mapping[str, Any]
"""What functions take as data: a path, samples, or arrays by input name (with ``label`` if there are labels)."""


def load_samples(data: DataLike) -> Samples:
    """Open data of any kind that edgekit takes.

    Args:
        data: A folder of class folders, a folder of photos (no labels), a CSV file with a column of paths and
            perhaps ``label``, an ``.npz`` file, a mapping of arrays, or samples.

    Raises:
        DataError: There is nothing, or it makes no sense.
    """
    if isinstance(data, Mapping):
        arrays = dict(data)
        labels = arrays.pop("label", None)
        return array_samples(arrays, labels=None if labels is None else [int(label) for label in labels])
    if not isinstance(data, str | Path):
        return data
    path = Path(data).expanduser()
    if path.is_dir():
        return image_folder(path)
    if not path.is_file():
        raise DataError(f"no data at {path.absolute()}")
    if path.suffix == ".npz":
        return npz_samples(path)
    if path.suffix == ".csv":
        return image_csv(path)
    raise DataError(f"{path}: data is a folder of class folders, a .csv or an .npz file")


def image_folder(path: Path) -> ImageSamples:
    """Open a folder of class folders: each sub-folder is a class and holds its photos, at any depth.

    A folder that holds photos and no sub-folders gives samples without labels. Hidden files are left out.

    Raises:
        DataError: It is empty, or a class is.
    """
    folders = sorted(item for item in path.iterdir() if item.is_dir() and not item.name.startswith("."))
    if not folders:
        files = _files(path)
        if not files:
            raise DataError(f"{path} is empty: it has to hold one folder per class, with photos in each")
        return ImageSamples(files=files, names=tuple(file.name for file in files))
    per_class = [(folder.name, _files(folder)) for folder in folders]
    empty = [name for name, files in per_class if not files]
    if empty:
        raise DataError(f"{path}: no photos in the class folder {', '.join(repr(name) for name in empty)}")
    return ImageSamples(
        files=tuple(file for _, files in per_class for file in files),
        names=tuple(file.relative_to(path).as_posix() for _, files in per_class for file in files),
        labels=tuple(index for index, (_, files) in enumerate(per_class) for _ in files),
        classes=tuple(name for name, _ in per_class),
    )


def _files(folder: Path) -> tuple[Path, ...]:
    def visible(file: Path) -> bool:
        return file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)

    return tuple(sorted(file for file in folder.rglob("*") if visible(file)))


def image_csv(path: Path) -> ImageSamples:
    """Open a CSV file with a header: one column of paths relative to the file, and perhaps ``label``.

    Raises:
        DataError: It has other columns, no rows, or names files that are not there.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            rows, columns = list(reader), [name for name in reader.fieldnames or [] if name != "label"]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8: {error}") from error
    if len(columns) != 1 or not rows:
        raise DataError(f"{path} has to have a header with one column of paths (and 'label'), and at least one row")
    files = tuple(path.parent / (row[columns[0]] or "") for row in rows)
    missing = next((number for number, file in enumerate(files) if not file.is_file()), None)
    if missing is not None:
        raise DataError(f"{path}, row {missing + 2}: there is no file {files[missing]}")
    names = tuple(row[columns[0]] for row in rows)
    if "label" not in rows[0]:
        return ImageSamples(files=files, names=names)
    classes = tuple(sorted({row["label"] for row in rows}))
    labels = tuple(classes.index(row["label"]) for row in rows)
    return ImageSamples(files=files, names=names, labels=labels, classes=classes)


def drop_bad_images(samples: ImageSamples, progress: Progress) -> tuple[ImageSamples, tuple[str, ...]]:
    """Decode every photo and leave out the broken ones.

    Returns:
        The readable photos, and one line per photo that was left out.
    """
    good, skipped = [], []
    for index, file in enumerate(samples.files):
        try:
            read_image(file)
            good.append(index)
        except DataError as error:
            skipped.append(str(error))
        progress(index + 1, len(samples))
    if not good:
        raise DataError(f"none of the {len(samples)} photos can be read; the first: {skipped[0]}")
    return samples.take(good), tuple(skipped)


@dataclass(frozen=True, kw_only=True)
class DataSplit:
    """The samples of a recipe.

    Attributes:
        train: Samples that training and calibration see; None with a finished model and only a test set.
        held_out: Samples that parity sees.
        validation: Samples that choose the best epoch: ``held_out`` itself unless there is a test set.
        role: ``validation`` or ``test``: what ``held_out`` is.
        skipped: Photos that were left out, one line each.
    """

    train: Samples | None
    validation: Samples | None
    held_out: Samples
    role: str
    skipped: tuple[str, ...] = ()


def split_data(recipe: DataRecipe, base: Path, progress: Progress) -> DataSplit:
    """Open the data of a recipe and split it.

    Raises:
        DataError: A class has too few samples for the split, or the same content is in both halves.
    """
    skipped: tuple[str, ...] = ()

    def opened(path: str) -> Samples:
        nonlocal skipped
        samples = load_samples(base / Path(path).expanduser())
        if recipe.skip_bad and isinstance(samples, ImageSamples):
            samples, bad = drop_bad_images(samples, progress)
            skipped += bad
        return samples

    test = None if recipe.test is None else opened(recipe.test)
    train, validation = None, None
    if recipe.train is not None:
        whole = opened(recipe.train)
        if isinstance(recipe.validation, str):
            train, validation = whole, match_classes(opened(recipe.validation), whole.classes)
        else:
            train, validation = stratified_split(whole, recipe.validation, seed=recipe.seed)
    held_out = test if test is not None else validation
    assert held_out is not None, "the recipe has train or test"
    if train is not None:
        held_out = match_classes(held_out, train.classes)
        _forbid_overlap(train, held_out)
    role = "validation" if test is None else "test"
    return DataSplit(train=train, validation=validation, held_out=held_out, role=role, skipped=skipped)


def stratified_split(samples: Samples, share: float, *, seed: int) -> tuple[Samples, Samples]:
    """Split at random, class by class; copies of the same content stay together in one half.

    Args:
        samples: What to split; without labels all is one class.
        share: Share of each class that goes into the second half, rounded, at least one sample.
        seed: The same seed gives the same split.

    Raises:
        DataError: A class is too small for both halves to have a sample of it.
    """
    labels = samples.labels or (0,) * len(samples)
    held_out: list[int] = []
    for label in sorted(set(labels)):
        members = [index for index, other in enumerate(labels) if other == label]
        groups = _copies(samples, members)
        if len(groups) < 2:
            name = samples.classes[label] if samples.classes else "the data"
            raise DataError(
                f"class {name!r} has {len(groups)} different sample(s): at least 2 are needed, "
                f"one to train on and one to hold out"
            )
        wanted = min(max(1, round(share * len(members))), len(members) - 1)
        order = np.random.default_rng([seed, label]).permutation(len(groups))
        held_out += _fill([groups[i] for i in order], wanted)
    chosen = set(held_out)
    rest = [index for index in range(len(samples)) if index not in chosen]
    return samples.take(rest), samples.take(sorted(chosen))


def _copies(samples: Samples, members: list[int]) -> list[list[int]]:
    """Group samples of the same content."""
    if not isinstance(samples, ImageSamples):
        return [[index] for index in members]
    groups: dict[str, list[int]] = defaultdict(list)
    for index in members:
        groups[content_digest(samples.files[index])].append(index)
    return list(groups.values())


def _fill(groups: list[list[int]], wanted: int) -> list[int]:
    """Take whole groups until ``wanted`` samples are there, and never all groups."""
    taken: list[int] = []
    for group in groups[:-1]:
        if len(taken) >= wanted:
            break
        taken += group
    return taken


def _forbid_overlap(train: Samples, held_out: Samples) -> None:
    if not (isinstance(train, ImageSamples) and isinstance(held_out, ImageSamples)):
        return
    known = {content_digest(file): name for file, name in zip(train.files, train.names, strict=True)}
    for file, name in zip(held_out.files, held_out.names, strict=True):
        if content_digest(file) in known:
            raise DataError(
                f"the held-out photo {name} is also a training photo ({known[content_digest(file)]}): "
                f"remove it from one side, or parity would be measured on what was trained on"
            )


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
            known = ", ".join(classes[:10])
            raise DataError(f"the model has no class {name!r}{nearest(name, classes)} (it has: {known})")
    order = [classes.index(name) for name in samples.classes]
    return _relabelled(samples, tuple(order[label] for label in samples.labels), classes)


def _relabelled(samples: Samples, labels: tuple[int, ...], classes: tuple[str, ...]) -> Samples:
    assert isinstance(samples, ImageSamples | ArraySamples)
    return replace(samples, labels=labels, classes=classes)


def fit_to_model(samples: Samples, contract: Contract) -> Samples:
    """Check samples against a model: labels in the order of its classes, inputs of the shapes that it takes.

    Raises:
        DataError: The classes, their number or the shapes do not fit; both sides are shown.
    """
    samples.read(0, 1, contract)
    output = contract.classifier
    if output is None or samples.labels is None:
        return samples
    count = output.shape[-1]
    classes = output.labels
    if classes is None and samples.classes is not None:
        if len(samples.classes) != count:
            raise DataError(
                f"the data has {len(samples.classes)} classes, the model's output {output.name!r} has {count}: "
                f"state the model's classes in their order, by labels = [...] in the recipe"
            )
        classes = samples.classes
    if classes is None and count is not None:
        classes = tuple(str(index) for index in range(count))
    return match_classes(samples, classes)
