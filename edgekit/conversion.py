"""Conversion: a TunedModel and variants become artifacts.

The graph is frozen once, converted once per format, calibrated once per format, and all variants are derived from
that. Each step runs in a child process, so a converter that aborts fails the variants that needed it, with its reason.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgekit import adapters
from edgekit.adapters import Batch, Converter
from edgekit.artifacts import ARTIFACT_FILE, FRONT_FOLDER, Artifact, load_artifact, save_artifact
from edgekit.console import Advance, silent
from edgekit.contract import Contract
from edgekit.data import DataLike, fit_to_model, load_samples
from edgekit.digests import value_digest
from edgekit.errors import ArtifactError, ConversionError, DataError, EdgekitError, MissingExtraError, VariantError
from edgekit.files import check_replaceable, make_folder, new_folder
from edgekit.frameworks import installed_version
from edgekit.freezing import FrozenGraph, freeze, load_frozen
from edgekit.frontend import load_program
from edgekit.models import TunedModel, load_model
from edgekit.samples import Samples
from edgekit.seen import Seen, seen_of
from edgekit.variants import Variant, parse_variant
from edgekit.workers import ChildExecutor, preload

CALIBRATION_SAMPLES = 100
TOOLS = ("tensorflow", "ai-edge-quantizer", "tf2onnx", "onnxruntime")
"""The packages whose versions decide what comes out."""


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What became of one variant: an artifact, or the reason why not."""

    variant: Variant
    artifact: Artifact | None
    error: str | None
    seconds: float


def convert(
    model: TunedModel | str | Path, variant: Variant | str, *, data: DataLike | None = None, out: str | Path
) -> Artifact:
    """Convert a model to one variant.

    Args:
        model: A tuned model, or the handle of a finished one.
        variant: What to make, such as ``tflite-int8``.
        data: Calibration samples, for variants that need them; at most 100 of them are used.
        out: Folder of artifacts; this one goes to ``out/<variant>``.

    Raises:
        VariantError: There is no such variant, or it is none, but a list of them.
        DataError: The variant needs calibration samples and there are none, or they do not fit.
        ConversionError: The converter refused the model, or died.
    """
    if not isinstance(variant, str | Variant):
        raise VariantError(f"convert makes one variant, such as 'tflite-int8', and not {variant!r}: call it for each")
    wanted = parse_variant(variant) if isinstance(variant, str) else variant
    loaded = model if isinstance(model, TunedModel) else load_model(model)
    samples = None if data is None else fit_to_model(load_samples(data), loaded.contract)
    made = convert_all(loaded, [wanted], calibration=samples, out=Path(out))[0]
    if made.artifact is None:
        raise ConversionError(f"{wanted}: {made.error}")
    return made.artifact


def calibration_subset(samples: Samples, count: int, *, seed: int) -> Samples:
    """Return ``count`` samples drawn at random, all of them if there are fewer."""
    if len(samples) <= count:
        return samples
    chosen = np.random.default_rng(seed).permutation(len(samples))[:count]
    return samples.take([int(index) for index in sorted(chosen)])


def convert_all(
    model: TunedModel,
    variants: Sequence[Variant],
    *,
    calibration: Samples | None,
    out: Path,
    seed: int = 0,
    count: int = CALIBRATION_SAMPLES,
    work: Path | None = None,
    progress: Advance = silent,
) -> list[Conversion]:
    """Convert a model to several variants, as fast as the cores allow.

    What is in ``out`` already and was made of the same inputs by the same tools is kept.

    Args:
        model: The model.
        variants: What to make.
        calibration: Samples for the variants that need them.
        out: Folder of artifacts.
        seed: Chooses the calibration samples.
        count: Number of calibration samples.
        work: Folder of intermediate files, kept for the next run; None: a temporary one.
        progress: Called as variants are done.

    Returns:
        One result per variant, in order; a variant that cannot be made is a result with its reason.

    Raises:
        DataError: A variant needs calibration samples and there are none.
        OutputError: ``out`` cannot be written, or holds other files where an artifact has to go.
    """
    needing = [str(variant) for variant in variants if variant.calibrated]
    if needing and calibration is None:
        raise DataError(
            f"{', '.join(needing)}: calibration needs real samples, apart from those that judge: "
            f"give [data] train in the recipe, or --data PATH"
        )
    for variant in variants:
        check_replaceable(out / str(variant), ARTIFACT_FILE)
    make_folder(out)
    samples = None if calibration is None else calibration_subset(calibration, count, seed=seed)
    preload("edgekit.preload")
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch, ChildExecutor() as children:
        place = make_folder((work or Path(scratch)) / model.digest()[7:19])
        job = _Job(model, samples, samples.digest() if samples and needing else "", place, out, children)
        return job.run(variants, progress)


@dataclass(frozen=True)
class _Job:
    model: TunedModel
    samples: Samples | None
    samples_digest: str
    work: Path
    out: Path
    children: ChildExecutor

    def run(self, variants: Sequence[Variant], progress: Advance) -> list[Conversion]:
        kept = {variant: self._kept(variant) for variant in variants}
        done = sum(artifact is not None for artifact in kept.values())
        progress(done, len(variants), "")
        pending = [variant for variant in variants if kept[variant] is None]
        formats = list(dict.fromkeys(variant.format for variant in pending))
        made: dict[Variant, Conversion] = {}
        with ThreadPoolExecutor(max(1, len(formats) + 4 * len(pending))) as threads, self._stopped_on_error():
            graph = threads.submit(self._graph) if pending else None
            floats = {name: threads.submit(self._float, name, graph) for name in formats if graph}
            calibrated = {variant.format for variant in pending if variant.calibrated}
            ranges = {name: threads.submit(self._ranges, name, graph, floats[name]) for name in calibrated if graph}
            futures = [threads.submit(self._one, variant, graph, floats, ranges) for variant in pending if graph]
            for future in futures:
                result = future.result()
                made[result.variant] = result
                progress(done + len(made), len(variants), str(result.variant))
        return [
            made.get(variant) or Conversion(variant=variant, artifact=kept[variant], error=None, seconds=0.0)
            for variant in variants
        ]

    @contextlib.contextmanager
    def _stopped_on_error(self) -> Iterator[None]:
        """End the children at once on an interrupt: the threads that wait for them would go on to the end."""
        try:
            yield
        except BaseException:
            self.children.shutdown(wait=False, cancel_futures=True)
            raise

    def _key(self, variant: Variant) -> str:
        """Return the digest of all that decides what comes out."""
        samples = self.samples_digest if variant.calibrated else ""
        return value_digest(
            [self.model.digest(), str(variant), samples, {tool: installed_version(tool) for tool in TOOLS}]
        )

    def _seen(self, variant: Variant) -> Seen:
        return self.calibrated_on if variant.calibrated else frozenset()

    @functools.cached_property
    def calibrated_on(self) -> Seen:
        """The calibration samples, as an artifact remembers them."""
        assert self.samples is not None, "asked for calibrated variants"
        return seen_of(self.samples)

    def _kept(self, variant: Variant) -> Artifact | None:
        """Return the artifact of an earlier run, if it is whole and would come out the same."""
        folder = self.out / str(variant)
        if not folder.is_dir():
            return None
        try:
            artifact = load_artifact(folder)
        except ArtifactError:
            return None  # damaged or older: it is made anew
        return artifact if artifact.source == self._key(variant) else None

    def _graph(self) -> FrozenGraph:
        return load_frozen(self.work) or self.children.submit(freeze, self.model, self.work).result()

    def _float(self, format_: str, graph: Future[FrozenGraph]) -> Path:
        target = self.work / f"float.{format_}"
        if not target.exists():
            self.children.submit(_convert_float, format_, graph.result(), target).result()
        return target

    def _ranges(self, format_: str, graph: Future[FrozenGraph], model: Future[Path]) -> Path:
        target = self.work / f"ranges-{self.samples_digest[7:19]}-{format_}.json"
        if not target.exists():
            assert self.samples is not None, "checked before"
            batches = _Batches(self.samples, self.model.contract, graph.result().front)
            self.children.submit(_calibrate, format_, model.result(), batches, target).result()
        return target

    def _one(
        self,
        variant: Variant,
        graph: Future[FrozenGraph],
        floats: dict[str, Future[Path]],
        ranges: dict[str, Future[Path]],
    ) -> Conversion:
        started = time.monotonic()
        artifact, error = None, None
        try:
            model = floats[variant.format].result()
            found = ranges[variant.format].result() if variant.calibrated else None
            started = time.monotonic()
            made_of = _MadeOf(graph.result(), self.model.contract, self._key(variant), self._seen(variant))
            self.children.submit(_derive, variant, model, found, made_of, self.out).result()
            artifact = load_artifact(self.out / str(variant))
        except MissingExtraError:
            raise
        except EdgekitError as failure:
            error = str(failure)
        except Exception as failure:
            error = f"{type(failure).__name__}: {str(failure).splitlines()[0] if str(failure) else 'no message'}"
        return Conversion(variant=variant, artifact=artifact, error=error, seconds=time.monotonic() - started)


def _converter(format_: str) -> Converter:
    converter: Converter = adapters.load("converters", format_)
    return converter


def _convert_float(format_: str, graph: FrozenGraph, target: Path) -> None:
    _converter(format_).convert(graph, target)


def _calibrate(format_: str, model: Path, batches: _Batches, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".edgekit-") as folder:
        ranges = Path(folder) / target.name
        _converter(format_).calibrate(model, batches, ranges)
        ranges.replace(target)


@dataclass(frozen=True)
class _Batches:
    """Samples one by one as the model file takes them, read anew each time they are iterated over."""

    samples: Samples
    contract: Contract
    front: Path | None

    def __iter__(self) -> Iterator[Batch]:
        program = None if self.front is None else load_program(self.front)
        for index in range(len(self.samples)):
            batch = self.samples.read(index, index + 1, self.contract)
            if program is not None:
                batch = program.run(batch)
            for name, values in batch.items():
                if values.dtype.kind == "f" and not np.isfinite(values).all():
                    where = self.samples.names[index]
                    raise ConversionError(f"calibration sample {where!r} has NaN or infinite values in {name!r}")
            yield batch


@dataclass(frozen=True)
class _MadeOf:
    """What an artifact records: the graph, the model's contract, the digest of all inputs, and who calibrated it."""

    graph: FrozenGraph
    contract: Contract
    key: str
    calibrated_on: Seen


def _derive(variant: Variant, model: Path, ranges: Path | None, made_of: _MadeOf, out: Path) -> None:
    graph, contract = made_of.graph, made_of.contract
    with new_folder(out / str(variant), sign=ARTIFACT_FILE) as folder:
        file = folder / variant.file_name
        made = _converter(variant.format).derive(model, variant, ranges, file, graph.contract)
        if graph.front is not None:
            shutil.copytree(graph.front, folder / FRONT_FOLDER)
        artifact = Artifact(
            path=folder,
            file=file,
            format=variant.format,
            variant=variant,
            contract=_as_shipped(made.contract if graph.front is None else contract),
            made_by=made.tool,
            source=made_of.key,
            calibrated_on=made_of.calibrated_on,
            front=None if graph.front is None else folder / FRONT_FOLDER,
            core=None if graph.front is None else _as_shipped(made.contract),
        )
        save_artifact(folder, artifact)


def _as_shipped(contract: Contract) -> Contract:
    """Return the contract of an artifact, whose signature has the public names."""
    return dataclasses.replace(
        contract,
        signature="serving_default",
        inputs=tuple(dataclasses.replace(spec, key=spec.name) for spec in contract.inputs),
        outputs=tuple(dataclasses.replace(spec, key=spec.name) for spec in contract.outputs),
    )
