"""Splits: which samples train, which choose the best epoch, and which judge; no content is on two sides."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgekit.data.loading import drop_bad_files, load_samples, match_classes
from edgekit.data.samples import Progress, Samples
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError
from edgekit.recipe.recipe import DataRecipe


@dataclass(frozen=True, kw_only=True)
class DataSplit:
    """The samples of a recipe.

    Attributes:
        train: Samples that training and calibration see; None with a finished model and only a test set.
        held_out: Samples that parity sees.
        validation: Samples that choose the best epoch: ``held_out`` itself unless there is a test set.
        role: ``validation`` or ``test``: what ``held_out`` is.
        contradictory: How many samples have the content of others of another class; they train and do not judge.
        skipped: Samples that were left out, one line each.
    """

    train: Samples | None
    validation: Samples | None
    held_out: Samples
    role: str
    contradictory: int = 0
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
        if recipe.skip_bad and isinstance(samples, TableSamples):
            samples, bad = drop_bad_files(samples, progress)
            skipped += bad
        return samples

    test = None if recipe.test is None else opened(recipe.test)
    train, validation, contradictory = None, None, set[int]()
    if recipe.train is not None:
        samples = opened(recipe.train)
        if isinstance(recipe.validation, str):
            train, validation = samples, match_classes(opened(recipe.validation), samples.classes)
        else:
            train, validation = stratified_split(samples, recipe.validation, seed=recipe.seed)
            contradictory = contradictory_samples(samples)
    held_out = test if test is not None else validation
    assert held_out is not None, "the recipe has train or test"
    if train is not None:
        held_out = match_classes(held_out, train.classes)
        _forbid_overlap(train, held_out)
    role = "validation" if test is None else "test"
    return DataSplit(
        train=train,
        validation=validation,
        held_out=held_out,
        role=role,
        contradictory=len(contradictory),
        skipped=skipped,
    )


def stratified_split(samples: Samples, share: float, *, seed: int) -> tuple[Samples, Samples]:
    """Split at random, class by class; copies of the same content stay together in one half.

    Those of the same content and different classes go into the first half: what is right is not known.

    Args:
        samples: What to split; without labels all is one class.
        share: Share of each class that goes into the second half, rounded, at least one sample.
        seed: The same seed gives the same split.

    Raises:
        DataError: A class is too small for both halves to have a sample of it.
    """
    labels = samples.labels or (0,) * len(samples)
    held_out: list[int] = []
    unclear = contradictory_samples(samples)
    for label in sorted(set(labels)):
        members = [index for index in range(len(samples)) if labels[index] == label and index not in unclear]
        groups = _copies(samples, members)
        if len(groups) < 2:
            name = samples.classes[label] if samples.classes else "the data"
            raise DataError(
                f"class {name!r} has {len(groups)} different sample(s): at least 2 are needed, "
                f"one to train on and one to hold out"
            )
        count = min(max(1, round(share * len(members))), len(members) - 1)
        order = np.random.default_rng([seed, label]).permutation(len(groups))
        held_out += _fill([groups[i] for i in order], count)
    chosen = set(held_out)
    rest = [index for index in range(len(samples)) if index not in chosen]
    return samples.take(rest), samples.take(sorted(chosen))


def contradictory_samples(samples: Samples) -> set[int]:
    """Return the samples whose content is there under several classes."""
    if samples.labels is None:
        return set()
    classes: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for index, label in enumerate(samples.labels):
        classes[samples.content(index)].add(label)
    return {index for index in range(len(samples)) if len(classes[samples.content(index)]) > 1}


def _copies(samples: Samples, members: list[int]) -> list[list[int]]:
    """Group samples of the same content."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index in members:
        groups[samples.content(index)].append(index)
    return list(groups.values())


def _fill(groups: list[list[int]], count: int) -> list[int]:
    """Take whole groups until ``count`` samples are there, and never all groups."""
    taken: list[int] = []
    for group in groups[:-1]:
        if len(taken) >= count:
            break
        taken += group
    return taken


def _forbid_overlap(train: Samples, held_out: Samples) -> None:
    contents = {train.content(index): name for index, name in enumerate(train.names)}
    for index, name in enumerate(held_out.names):
        if (content := held_out.content(index)) in contents:
            raise DataError(
                f"the held-out sample {name} is also a training sample ({contents[content]}): "
                f"remove it from one side, or parity would be measured on what was trained on"
            )
