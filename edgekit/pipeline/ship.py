"""Shipping in one call: a model, in memory or saved, and data become artifacts, a verdict for each, and a report."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.data.splits import DataSplit, stratified_split
from edgekit.documents.document import Verdict
from edgekit.documents.run import RunReport
from edgekit.errors import ModuleError, VariantError
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.original.statements import Statements
from edgekit.pipeline.pipeline import run
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.recipe.recipe import ConversionRecipe, DataRecipe, ParityRecipe, Recipe
from edgekit.recipe.variants import Variant, parse_variant
from edgekit.report.verdict_table import headings, rows, table_html
from edgekit.report.wording import sentence
from edgekit.system.printable import grid


@dataclass(frozen=True, kw_only=True, repr=False)
class Shipment:
    """What `ship` made: a table in a notebook, and as text.

    Attributes:
        report: What ``report.json`` holds.
        folder: Where model, artifacts and reports are.
    """

    report: RunReport
    folder: Path

    @property
    def verdict(self) -> Verdict | None:
        """The worst of all variants; None: none was compared."""
        return self.report.verdict

    @functools.cached_property
    def artifacts(self) -> Mapping[str, Artifact]:
        """The artifacts that were built, by the variant's spelling."""
        built = [entry for entry in self.report.artifacts if entry.path is not None]
        return {entry.variant: load_artifact(self.folder / str(entry.path)) for entry in built}

    def show(self) -> None:
        """Print the table."""
        sys.stdout.write(f"{self}\n")

    def __str__(self) -> str:
        """Return the table as text, 80 columns wide."""
        from io import StringIO  # startup

        from rich.console import Console  # heavy

        text = StringIO()
        console = Console(file=text, width=80, highlight=False, force_jupyter=False)  # else it shows it by itself
        console.print(grid(headings(self.report), rows(self.report)))
        return f"{text.getvalue().rstrip()}\n\n{self._caption()}"

    __repr__ = __str__  # what a plain console shows of it is the table too

    def _repr_html_(self) -> str:
        return table_html(self.report, self._caption())

    def _caption(self) -> str:
        return f"{sentence(self.report.artifacts)} Report: {self.folder / self.report.report}"


def ship(
    model: Any,
    data: DataLike,
    *,
    variants: Sequence[str | Variant] = ("tflite-int8",),
    out: str | Path,
    labels: Sequence[str] | None = None,
    max_drop: float = ParityRecipe.max_drop,
    rule: ParityRecipe | None = None,
    inputs: Sequence[InputRecipe] = (),
    pixels: tuple[float, float] | None = None,
    conversion: ConversionRecipe | None = None,
    judging: float = 0.5,
    name: str = "model",
    shows: bool = True,
) -> Shipment:
    """Convert a model, compare each variant with it, and write the report.

    What calibrates does not judge: a random share of the data does. Give data that did not train the model.

    Args:
        model: A tuned model, or whatever `edgekit.load_model` takes. Its own preprocessing layers go along.
        data: Whatever `edgekit.load_samples` takes. Labels give a task score; without, answers are compared alone.
        variants: What to make.
        out: The folder of model, artifacts and reports; what it holds of an earlier call with the same inputs is kept.
        labels: Names of the classes, in the order of the outputs.
        max_drop: Greatest drop of the score, or greatest share of samples that do not agree.
        rule: In place of ``max_drop``, the whole rule.
        inputs: What the model's signature does not say of each input.
        pixels: Of its photos, the values of the darkest and the brightest pixel, such as ``(0, 255)``.
        conversion: How variants are made; None: the defaults.
        judging: The share of the data that judges.
        name: What the report calls the model.
        shows: Show progress on stderr.

    Raises:
        VariantError, ModuleError, DataError, OutputError: The input is bad; a variant that fails is a result.
    """
    parsed = _parsed(variants)
    original, tables = _described(model, inputs, labels, pixels)
    recipe = Recipe(
        name=name,
        model=str(original.path),
        base=Path(),
        data=DataRecipe(validation=judging),
        inputs=tuple(tables),
        labels=None if labels is None else tuple(labels),
        variants=parsed,
        conversion=conversion or ConversionRecipe(),
        parity=rule or ParityRecipe(max_drop=max_drop),
    )
    try:
        split = _split(load_samples(data, original.contract), original, judging)
        return Shipment(report=run(recipe, Path(out), shows=shows, split=split), folder=Path(out))
    except ModuleError as error:
        if error.setting == "range":
            error.advise("in Python, by pixels=(0, 255)")
        raise


def _described(
    model: Any, inputs: Sequence[InputRecipe], labels: Sequence[str] | None, pixels: tuple[float, float] | None
) -> tuple[TunedModel, Sequence[InputRecipe]]:
    """Return a model with what its user says of it, and that as tables of a recipe."""
    original = model if isinstance(model, TunedModel) else load_model(model, inputs=inputs, labels=labels)
    if pixels is None:
        return original, inputs
    tables = [*inputs, *Statements(pixels=pixels).inputs(original.contract)]
    return load_model(original.path, inputs=tables, labels=labels), tables


def _parsed(variants: Sequence[str | Variant]) -> tuple[Variant, ...]:
    if isinstance(variants, str | Variant):
        raise VariantError(f"variants is a list, such as [{str(variants)!r}]")
    return tuple(entry if isinstance(entry, Variant) else parse_variant(entry) for entry in variants)


def _split(samples: Samples, model: TunedModel, judging: float) -> DataSplit:
    train, held_out = stratified_split(fit_to_model(samples, model.contract), judging, seed=0)
    return DataSplit(train=train, validation=held_out, held_out=held_out, role="validation")
