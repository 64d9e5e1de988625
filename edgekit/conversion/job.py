"""The job of converting one model: what its variants share is made once, and each is derived in a child process."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgekit.adapters.delegate import delegates, load_delegate
from edgekit.compression.stage_cache import compressed_graphs
from edgekit.conversion.derivation import Measured, Origin, derive
from edgekit.conversion.intermediates import Intermediates
from edgekit.data.leakage import Seen, seen_of
from edgekit.data.samples import Samples
from edgekit.errors import ArtifactError, EdgekitError, MissingExtraError
from edgekit.graph.freezing import freeze
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.frozen_graph import FrozenGraph, load_frozen
from edgekit.models.tuned_model import TunedModel
from edgekit.quantization.methods import rounding_method
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.recipe.variants import Compression, Variant
from edgekit.system.digests import value_digest
from edgekit.system.optional import installed_version
from edgekit.system.printable import reason_of
from edgekit.system.progress import Advance, trace, warn
from edgekit.system.versions import TOOLS


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What became of one variant: an artifact, or the reason why not."""

    variant: Variant
    artifact: Artifact | None
    error: str | None
    seconds: float
    failure: EdgekitError | None = None
    """Where the reason is an expected one, the error itself, which knows what mends it."""


def calibration_subset(samples: Samples, count: int, *, seed: int) -> Samples:
    """Return ``count`` samples drawn at random, all of them if there are fewer."""
    if len(samples) <= count:
        return samples
    chosen = np.random.default_rng(seed).permutation(len(samples))[:count]
    return samples.take([int(index) for index in sorted(chosen)])


@dataclass(frozen=True, kw_only=True)
class _Sources:
    """What one variant is derived from, as it comes; None for what it does not need."""

    graph: Future[FrozenGraph]
    model: Future[Path]
    ranges: Future[Path] | None
    moments: Future[Path] | None


@dataclass(frozen=True)
class Job:
    """The conversion of one model, with what its variants share.

    Attributes:
        model: The model.
        samples: What calibrates and trains; None: nothing does.
        settings: How.
        work: Folder of the intermediates.
        out: Folder of the artifacts.
        children: Where the work is done.
        shows: Show the progress of training on stderr.
    """

    model: TunedModel
    samples: Samples | None
    settings: ConversionRecipe
    work: Path
    out: Path
    children: Executor
    shows: bool

    def run(self, variants: Sequence[Variant], progress: Advance) -> list[Conversion]:
        """Return what became of each variant, in their order."""
        conversions: dict[Variant, Conversion] = {}
        for variant in variants:
            artifact = self._stored(variant)
            if artifact is not None:
                conversions[variant] = Conversion(variant=variant, artifact=artifact, error=None, seconds=0.0)
        done = len(conversions)
        progress(done, len(variants), "")
        pending = [variant for variant in variants if variant not in conversions]
        if pending:
            conversions |= self._make(pending, lambda count, name: progress(done + count, len(variants), name))
        return [conversions[variant] for variant in variants]

    def _make(self, pending: Sequence[Variant], advance: Callable[[int, str], None]) -> dict[Variant, Conversion]:
        results: dict[Variant, Conversion] = {}
        with ThreadPoolExecutor(6 * len(pending)) as threads, self._stopped_on_error():
            files = self._intermediates(pending, threads)
            futures = [threads.submit(self._convert, variant, self._sources(variant, files)) for variant in pending]
            for future in futures:
                result = future.result()
                results[result.variant] = result
                advance(len(results), str(result.variant))
        return results

    @contextlib.contextmanager
    def _stopped_on_error(self) -> Iterator[None]:
        """End the children at once on an interrupt: the threads that wait for them would go on to the end."""
        try:
            yield
        except BaseException:
            self.children.shutdown(wait=False, cancel_futures=True)
            raise

    def _intermediates(self, pending: Sequence[Variant], threads: Executor) -> Intermediates:
        """Return what variants are derived from; graphs that are trained come one after the other."""
        base = threads.submit(self._base) if pending else Future[FrozenGraph]()
        compressions = list(dict.fromkeys(variant.compression for variant in pending if variant.compression))
        compressed = compressed_graphs(
            compressions,
            base,
            self.settings.compression,
            self.samples,
            self.model.contract,
            work=self.work,
            shows=self.shows,
        )
        return Intermediates(
            graphs={Compression(): base, **compressed},
            contract=self.model.contract,
            calibration=self.calibration,
            calibration_digest=self._digests["calibration"],
            method=self.settings.method,
            children=self.children,
            threads=threads,
        )

    def _sources(self, variant: Variant, files: Intermediates) -> _Sources:
        """Start what a variant is derived from."""
        group = (variant.format, variant.compression)
        return _Sources(
            graph=files.graphs[variant.compression],
            model=files.model(group),
            ranges=files.ranges(group) if variant.calibrated else None,
            moments=files.moments(group) if self._measures(variant) else None,
        )

    @functools.cached_property
    def calibration(self) -> Samples | None:
        """The samples that measure ranges."""
        if self.samples is None:
            return None
        return calibration_subset(self.samples, self.settings.calibration, seed=self.settings.seed)

    @functools.cached_property
    def _digests(self) -> dict[str, str]:
        """The digests of all samples and of those that calibrate; each is read once."""
        sets = {"all": self.samples, "calibration": self.calibration}
        return {name: "" if samples is None else samples.digest() for name, samples in sets.items()}

    def _key(self, variant: Variant) -> str:
        """Return the digest of all that decides what comes out."""
        return value_digest(
            [
                self.model.digest(),
                str(variant),
                [self._digests["calibration"], self.settings.method] if variant.calibrated else "",
                [self._digests["calibration"], self.settings.rounding] if self._measures(variant) else "",
                [dataclasses.asdict(self.settings.compression), self._digests["all"]] if variant.compression else "",
                [entry.to_json() for entry in self.settings.overrides],
                {tool: installed_version(tool) for tool in TOOLS},
                bool(_compilers(variant)),
            ]
        )

    def _seen(self, variant: Variant) -> Seen:
        if variant.compression and self.samples is not None:
            return self._seen_all
        return self._seen_calibration if variant.calibrated or self._measures(variant) else frozenset()

    def _measures(self, variant: Variant) -> bool:
        """Whether samples tell how to round a variant's weights."""
        return variant.rounded and self.samples is not None and rounding_method(self.settings.rounding).MEASURES

    @functools.cached_property
    def _seen_all(self) -> Seen:
        assert self.samples is not None, "asked by the caller"
        return seen_of(self.samples)

    @functools.cached_property
    def _seen_calibration(self) -> Seen:
        assert self.calibration is not None, "asked where there are samples"
        return seen_of(self.calibration)

    def _stored(self, variant: Variant) -> Artifact | None:
        """Return the artifact of an earlier run, if it is whole and would come out the same."""
        folder = self.out / str(variant)
        if not folder.is_dir():
            return None
        try:
            artifact = load_artifact(folder)
        except ArtifactError:
            return None  # damaged or older: it is made anew
        return artifact if artifact.source == self._key(variant) else None

    def _base(self) -> FrozenGraph:
        return load_frozen(self.work) or self.children.submit(freeze, self.model, self.work).result()

    def _convert(self, variant: Variant, sources: _Sources) -> Conversion:
        started = time.monotonic()
        artifact, error, expected = None, None, None
        try:
            graph, model = sources.graph.result(), sources.model.result()
            measured = Measured(
                ranges=None if sources.ranges is None else sources.ranges.result(),
                moments=None if sources.moments is None else sources.moments.result(),
            )
            started = time.monotonic()
            origin = Origin(
                graph=graph,
                contract=self.model.contract,
                key=self._key(variant),
                calibrated_on=self._seen(variant),
                sample=None if self.samples is None else self.samples.take([0]),
                overrides=self.settings.overrides,
                rounding=self.settings.rounding,
                compilers=_compilers(variant),
            )
            self.children.submit(derive, variant, model, measured, origin, self.out).result()
            artifact = load_artifact(self.out / str(variant))
            for name, reason in artifact.refusals.items():
                warn(f"{variant} is not compiled for {load_delegate(name).TITLE}: {reason}")
        except MissingExtraError:
            raise
        except Exception as failure:
            expected = failure if isinstance(failure, EdgekitError) else None
            error = f"{type(failure).__name__}: {reason_of(failure)}" if expected is None else str(expected)
            trace(str(variant), failure)
        seconds = time.monotonic() - started
        return Conversion(variant=variant, artifact=artifact, error=error, seconds=seconds, failure=expected)


def _compilers(variant: Variant) -> dict[str, str]:
    """Return the programs that compile a variant, by the delegates that need it; they are looked for here, once."""
    programs = {name: adapter.compiler(variant) for name, adapter in delegates().items()}
    return {name: program for name, program in programs.items() if program is not None}
