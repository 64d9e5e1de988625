"""Conversion: a TunedModel and variants become artifacts.

The graph is frozen once, converted once per format, calibrated once per format, and all variants are derived from
that. Each step runs in a child process, so a converter that aborts fails the variants that needed it, with its reason.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from edgekit.conversion.intermediates import kept_in
from edgekit.conversion.job import Conversion, Job
from edgekit.conversion.memory import PlannedExecutor
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.errors import ConversionError, DataError, VariantError
from edgekit.models.artifact import ARTIFACT_FILE, Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.original.statements import with_class_names
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.recipe.variants import Variant, parse_variant
from edgekit.system.digests import folder_bytes
from edgekit.system.files import check_replaceable, make_folder
from edgekit.system.machine import available_memory
from edgekit.system.processes import ChildExecutor, preload
from edgekit.system.progress import Advance, silent, warn


def convert(
    model: object,
    variant: Variant | str,
    *,
    data: DataLike | None = None,
    out: str | Path,
    settings: ConversionRecipe | None = None,
) -> Artifact:
    """Convert a model to one variant.

    Args:
        model: A tuned model, or whatever `edgekit.load_model` takes: a handle, or a model in memory.
        variant: What to make, such as ``tflite-int8``.
        data: Samples, for variants that are calibrated or trained: apart from those that judge.
        out: Folder of artifacts; this one goes to ``out/<variant>``.
        settings: Number of calibration samples, exceptions, training; None: the defaults.

    Raises:
        VariantError: There is no such variant, or it is none, but a list of them.
        DataError: The variant needs calibration samples and there are none, or they do not fit.
        ConversionError: The converter refused the model, or died.
    """
    if not isinstance(variant, str | Variant):
        raise VariantError(f"convert makes one variant, such as 'tflite-int8', and not {variant!r}: call it for each")
    parsed = parse_variant(variant) if isinstance(variant, str) else variant
    loaded = model if isinstance(model, TunedModel) else load_model(model)
    loaded, samples = with_samples(loaded, data)
    conversion = convert_all(loaded, [parsed], samples=samples, out=Path(out), settings=settings)[0]
    if conversion.artifact is None:
        raise ConversionError(f"{parsed}: {conversion.error}")
    return conversion.artifact


def with_samples(model: TunedModel, data: DataLike | None) -> tuple[TunedModel, Samples | None]:
    """Return a model with what calibrates and trains it; one that has no labels takes the names of the data's classes.

    What is right of a sample does not matter here, so that its classes may be others than the model's.

    Raises:
        DataError: The inputs do not fit.
    """
    if data is None:
        return model, None
    samples = load_samples(data, model.contract)
    contract, doubt = with_class_names(model.contract, samples)
    if doubt is not None:
        warn(doubt)
    return replace(model, contract=contract), fit_to_model(samples, contract, labelled=False)


def convert_all(
    model: TunedModel,
    variants: Sequence[Variant],
    *,
    samples: Samples | None,
    out: Path,
    settings: ConversionRecipe | None = None,
    work: Path | None = None,
    progress: Advance = silent,
    shows: bool = False,
) -> list[Conversion]:
    """Convert a model to several variants, as fast as the cores allow.

    What is in ``out`` already and was made of the same inputs by the same tools is kept.

    Args:
        model: The model.
        variants: What to make.
        samples: Samples for the variants that are calibrated or trained.
        out: Folder of artifacts.
        settings: Number of calibration samples, exceptions, training; None: the defaults.
        work: Folder of intermediate files, kept for the next run; None: a temporary one.
        progress: Called as variants are done.
        shows: Show the progress of training on stderr.

    Returns:
        One result per variant, in order; a variant that cannot be made is a result with its reason.

    Raises:
        DataError: A variant needs samples and there are none.
        OutputError: ``out`` cannot be written, or holds other files where an artifact has to go.
    """
    settings = settings or ConversionRecipe()
    needing = [str(variant) for variant in variants if variant.calibrated or variant.compression.qat]
    if needing and samples is None:
        names = ", ".join(needing)
        message = (
            f"{names}: calibration needs real samples, apart from those that judge: give [data] train in the recipe"
        )
        raise DataError(message, variant=needing[0], setting="data")
    for variant in variants:
        check_replaceable(out / str(variant), ARTIFACT_FILE)
    make_folder(out)
    preload("edgekit.system.preload")
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch, ChildExecutor() as children:
        intermediates = make_folder(kept_in(work or Path(scratch), model))
        weights = folder_bytes(model.path)
        planned = PlannedExecutor(children, weights=weights, available=available_memory(), shows=shows)
        return Job(model, samples, settings, intermediates, out, planned, shows).run(variants, progress)
