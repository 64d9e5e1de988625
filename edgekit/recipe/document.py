"""A recipe as its file is written: the tables of the TOML whose form differs from the values that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from edgekit.contract.medium import media_names
from edgekit.quantization.methods import calibration_methods, rounding_methods
from edgekit.recipe.overrides import LEVELS
from edgekit.recipe.recipe import (
    CardRecipe,
    CompressionRecipe,
    DataRecipe,
    FineTune,
    HeadLayer,
    ParityRecipe,
    SearchRecipe,
    task_names,
)
from edgekit.recipe.toml_tables import Text, one_of

MODULE_KEYS = ("module", "signature", "output", "trust")
"""Keys of an input that say which module reads it; with a finished model they say nothing."""
FINISHED_KEYS = ("signature", "trust", "import", "root")
"""Keys at the top that say which finished model it is."""


@dataclass(frozen=True, kw_only=True)
class InputTable:
    """An ``[inputs.NAME]`` table, without the settings of its medium.

    Attributes:
        module: Handle of the module that reads the input; not with a finished ``model``.
        kind: Its medium; by default from the module's signature.
        signature: Signature of the module to use; by default the module itself, ``default`` or ``serving_default``.
        output: Output of the module that the head reads, where it has several.
        trust: Digest of a module that may do more than compute, as ``edgekit inspect`` shows it.
        vocabulary: For a text whose module takes numbers of word pieces, the file with one word piece per line.
        tokens: Length that such a text is cut or padded to, where the module leaves it free.
        lowercase: Whether such a text is lowercased, and its accents dropped; by default if the vocabulary has no
            capitals.
    """

    module: Text | None = None
    kind: Annotated[str, one_of(media_names)] | None = None
    signature: Text | None = None
    output: Text | None = None
    trust: Text | None = None
    vocabulary: Text | None = None
    tokens: Annotated[int, Meta(ge=2)] | None = None
    lowercase: bool | None = None


@dataclass(frozen=True, kw_only=True)
class HeadTable:
    """The ``[head]`` table.

    Attributes:
        task: What the model is for.
        layers: Layers before the last.
    """

    task: Annotated[str, one_of(task_names)] = "classification"
    layers: tuple[HeadLayer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrainTable:
    """The ``[train]`` table.

    Attributes:
        epochs: How often each training sample is seen.
        learning_rate: Of Adam.
        batch_size: Samples per step.
        augment: What is done to samples at random; true: what is usual for the medium.
        fine_tune: A second phase, with some or all of the module's variables unfrozen.
    """

    epochs: Annotated[int, Meta(ge=1)] = 10
    learning_rate: Annotated[float, Meta(gt=0, lt=10)] = 1e-3
    batch_size: Annotated[int, Meta(ge=1)] = 16
    augment: tuple[str, ...] | bool = ()
    fine_tune: FineTune | None = None


@dataclass(frozen=True, kw_only=True)
class OverrideTable:
    """An entry of ``[variants] except``.

    Attributes:
        pattern: A regular expression that is searched in the names of operators; a plain name is one too.
        precision: What they are left at.
    """

    pattern: Text
    precision: Annotated[str, one_of(LEVELS)] = "float"


class VariantsTable(msgspec.Struct, frozen=True, kw_only=True):
    """The ``[variants]`` table.

    Attributes:
        build: What to make, such as ``tflite-int8-s50``.
        calibration: Number of training samples that measure activation ranges.
        calibration_method: How the range of an activation is chosen.
        rounding: How weights become integers; without samples they are rounded to the nearest.
        overrides: Parts that are quantized less: patterns of operators that stay float, or tables.
    """

    build: tuple[str, ...] = ("tflite-fp32", "tflite-int8")
    calibration: Annotated[int, Meta(ge=1)] = 100
    calibration_method: Annotated[str, one_of(calibration_methods)] = "min-max"
    rounding: Annotated[str, one_of(rounding_methods)] = "gptq"
    overrides: Annotated[tuple[str | OverrideTable, ...], Meta(extra={"expected": "a list of patterns or tables"})] = (
        msgspec.field(default=(), name="except")
    )


class RecipeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A whole recipe; paths in it are relative to the folder that it lies in.

    Attributes:
        name: Name of the model that comes out.
        inputs: One table per input, by its public name; with a finished model they add to what its signature says.
        model: Handle of a finished model, in place of modules and training.
        signature: For a finished model, the key of its signature; by default ``serving_default``, or the only one.
        trust: For a finished model, its digest, if it may do more than compute.
        imports: For a Keras file, files of Python code that define its own classes; they are run.
        root: For a Keras file, the folder that the modules of its layers lie in; by default its own.
        labels: For a finished model, the names of its classes in the order of its outputs.
        data: Samples that train and judge.
        head: What is put on the modules.
        train: How the head is trained.
        variants: What is built, and how.
        compression: How variants with a sparsity, clusters or ``-qat`` are made.
        search: What a search may build, and what it has to keep to.
        parity: The rule that a variant has to meet.
        card: What a bundle says of the model in words.
    """

    name: Text
    inputs: dict[str, InputTable] = msgspec.field(default_factory=dict)
    model: Text | None = None
    signature: Text | None = None
    trust: Text | None = None
    imports: tuple[Text, ...] = msgspec.field(default=(), name="import")
    root: Text | None = None
    labels: tuple[str, ...] | None = None
    data: DataRecipe = msgspec.field(default_factory=DataRecipe)
    head: HeadTable = msgspec.field(default_factory=HeadTable)
    train: TrainTable = msgspec.field(default_factory=TrainTable)
    variants: VariantsTable = msgspec.field(default_factory=VariantsTable)
    compression: CompressionRecipe = msgspec.field(default_factory=CompressionRecipe)
    search: SearchRecipe = msgspec.field(default_factory=SearchRecipe)
    parity: ParityRecipe = msgspec.field(default_factory=ParityRecipe)
    card: CardRecipe = msgspec.field(default_factory=CardRecipe)
