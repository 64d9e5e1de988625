"""Statements: what a user says of a finished model that its signature does not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import lacks_range, medium_of
from edgekit.contract.settings import Stated
from edgekit.data.samples import Samples
from edgekit.errors import DataError, ModuleError, nearest
from edgekit.recipe.input_recipe import InputRecipe


@dataclass(frozen=True, kw_only=True)
class Statements:
    """What a user says of a model without a recipe.

    Attributes:
        pixels: The values of the darkest and the brightest pixel of its photos.
        size: Height and width of its photos in pixels, where it leaves them free.
        labels: Names of the classes, in the order of the outputs.
        signature: Key of the signature to use.
        trusted: Digests of models that may do more than compute.
        imports: Files of Python code that define the classes of a Keras file.
        root: Where the modules lie that layers of a Keras file name.
        shared: Whether it is said of several models, so that a digest may be another's.
    """

    pixels: tuple[float, float] | None = None
    size: tuple[int, int] | None = None
    labels: tuple[str, ...] | None = None
    signature: str | None = None
    trusted: tuple[str, ...] = ()
    imports: tuple[Path, ...] = ()
    root: Path | None = None
    shared: bool = False

    def trust(self, digest: str) -> str | None:
        """Return what is trusted of a model of some digest: that; or, for `check_trust` to refuse it, another's.

        Args:
            digest: That of the module, as a refusal prints it: files that it is put together with count.
        """
        if digest in self.trusted:
            return digest
        return None if self.shared or not self.trusted else self.trusted[0]

    def inputs(self, contract: Contract) -> list[InputRecipe]:
        """Return what it says of a model's inputs, as tables of a recipe.

        Raises:
            DataError: It says the size of photos, and the model takes none, or none of that size.
        """
        if self.size is not None and not any(medium_of(spec).sized for spec in contract.inputs):
            raise DataError("the model takes no photos, so they have no size", setting="fixed_size")
        tables = {spec.name: self._settings(spec) for spec in contract.inputs}
        return [InputRecipe(name=name, settings=settings) for name, settings in tables.items() if settings]

    def _settings(self, spec: InputSpec) -> Stated:
        medium, settings = medium_of(spec), dict[str, object]()
        if self.pixels is not None and medium.ranged:
            settings["range"] = self.pixels
        if self.size is not None and medium.sized:
            settings["size"] = self.size
        return settings

    @property
    def describes(self) -> bool:
        """Whether it says something of a model's inputs or outputs."""
        return (self.pixels, self.size, self.labels) != (None, None, None)

    def completed(self, contract: Contract) -> Contract:
        """Return the contract of a file with what that does not say itself.

        Raises:
            DataError: It says its range itself, or takes none.
            ModuleError: The labels fit no output.
        """
        if self.pixels is not None and not any(lacks_range(spec) for spec in contract.inputs):
            raise DataError("the model says itself which range its photos have, or takes none", setting="pixels")
        says = {spec.name for spec in contract.inputs if not lacks_range(spec)}
        inputs = [
            dataclasses.replace(table, settings={key: table.settings[key] for key in table.settings if key != "range"})
            if table.name in says
            else table
            for table in self.inputs(contract)
        ]
        return with_statements(contract, inputs, self.labels)


def with_statements(contract: Contract, inputs: Sequence[InputRecipe], labels: Sequence[str] | None) -> Contract:
    """Add what a recipe says; the one input or output of a model takes whatever name the recipe gives it.

    Args:
        contract: What the signature says.
        inputs: The recipe's tables of inputs.
        labels: Names of the classes, in the order of the outputs.

    Raises:
        ModuleError: There is no such input, or the labels fit no output.
        RecipeError: A setting does not go with the medium of its input.
    """
    specs = {spec.name: spec for spec in contract.inputs}
    for input_recipe in inputs:
        if input_recipe.vocabulary is not None:
            continue  # it stands for several tensors: a tokenizer makes them
        # The one input of a model takes whatever name the recipe gives its one input.
        name = next(iter(specs)) if len(specs) == 1 == len(inputs) else input_recipe.name
        if name not in specs:
            hint = nearest(input_recipe.name, specs)
            raise ModuleError(f"the model has no input {input_recipe.name!r}{hint}", input=input_recipe.name)
        spec = replace(specs[name], name=input_recipe.name).of_medium(input_recipe.kind or specs[name].kind)
        input_recipe.check_settings(spec.kind)
        medium = medium_of(spec)
        specs[name] = medium.with_defaults(medium.with_recipe(spec, input_recipe.stated(spec.kind)))
    outputs = contract.outputs if labels is None else _labelled(contract.outputs, tuple(labels))
    return replace(contract, inputs=tuple(specs.values()), outputs=outputs)


def _labelled(outputs: Sequence[OutputSpec], labels: tuple[str, ...]) -> tuple[OutputSpec, ...]:
    if not any(_has_room(spec, labels) for spec in outputs):
        shapes = ", ".join(f"{spec.name} {list(spec.shape)}" for spec in outputs)
        raise ModuleError(f"{len(labels)} labels fit none of the model's outputs: {shapes}")
    return tuple(_with_labels(spec, labels) if _has_room(spec, labels) else spec for spec in outputs)


def _has_room(spec: OutputSpec, labels: tuple[str, ...]) -> bool:
    return len(spec.shape) == 2 and spec.shape[1] == len(labels)


def _with_labels(spec: OutputSpec, labels: tuple[str, ...]) -> OutputSpec:
    return replace(spec, labels=labels, meaning="logits" if spec.meaning == "tensor" else spec.meaning)


def with_class_names(contract: Contract, samples: Samples | None) -> tuple[Contract, str | None]:
    """Return a contract that has no labels with the names of the data's classes, where their number is its scores'.

    Args:
        contract: The model's.
        samples: Raw samples, whose classes are in the order of their names, as Keras' own reader of folders has them.

    Returns:
        The contract, and what to warn of; None: it is as it was, or the names are the classes' numbers.
    """
    classes = None if samples is None else samples.classes
    if classes is None or len(classes) < 2 or any(spec.labels is not None for spec in contract.outputs):
        return contract, None
    outputs = [spec for spec in contract.outputs if _has_room(spec, classes)]
    if len(outputs) != 1 or outputs[0].meaning not in ("tensor", "logits", "probabilities"):
        return contract, None
    named = [_with_labels(spec, classes) if spec is outputs[0] else spec for spec in contract.outputs]
    return replace(contract, outputs=tuple(named)), _doubt(outputs[0], classes)


def _doubt(output: OutputSpec, classes: tuple[str, ...]) -> str | None:
    if classes == tuple(str(number) for number in range(len(classes))):
        return None
    listed = ", ".join(classes[:3]) + (", ..." if len(classes) > 3 else "")
    return (
        f"the labels of {output.name!r} are the data's class names in the order of the alphabet ({listed}), as the "
        f"model says none: name them in the model's own order if it was trained in another"
    )


def read_labels(path: Path) -> tuple[str, ...]:
    """Return the names of classes that a file has, one a line, in the order of a model's outputs.

    Raises:
        DataError: It cannot be read, or names none.
    """
    try:
        lines = path.expanduser().read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the labels {path} cannot be read: {error}; give a text file with one label a line") from error
    labels = tuple(line.strip() for line in lines if line.strip())
    if not labels:
        raise DataError(f"the labels {path}: the file names none; it has one label a line")
    return labels
