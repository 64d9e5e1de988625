"""Compressed graphs, kept for the next run: each stage is trained once, and what builds on it starts there."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from edgekit.compression.stages import Samples, compress
from edgekit.contract.contract import Contract
from edgekit.data.samples import Samples as RawSamples
from edgekit.models.frozen_graph import FrozenGraph, load_frozen
from edgekit.recipe.recipe import CompressionRecipe
from edgekit.recipe.variants import Compression
from edgekit.system.digests import value_digest
from edgekit.system.files import make_folder
from edgekit.system.optional import installed_version
from edgekit.system.processes import ChildExecutor
from edgekit.system.progress import progress


def compressed_graphs(
    compressions: Sequence[Compression],
    base: Future[FrozenGraph],
    settings: CompressionRecipe,
    samples: RawSamples | None,
    contract: Contract,
    *,
    work: Path,
    shows: bool,
) -> dict[Compression, Future[FrozenGraph]]:
    """Compress a frozen graph in each of several ways, one after the other, since each trains on all cores.

    Args:
        compressions: The ways.
        base: The graph.
        settings: How it is trained.
        samples: Training samples; None: weights are taken away in one shot.
        contract: How samples become inputs of the model.
        work: Folder where the graphs are kept.
        shows: Show progress on stderr.

    Returns:
        A finished future for each; where a way cannot be gone it holds the error.
    """
    stages = _Stages(base, settings, samples, contract, work, shows)
    return {compression: _tried(functools.partial(stages.graph, compression)) for compression in compressions}


@dataclass(frozen=True)
class _Stages:
    base: Future[FrozenGraph]
    settings: CompressionRecipe
    samples: RawSamples | None
    contract: Contract
    work: Path
    shows: bool

    def graph(self, compression: Compression) -> FrozenGraph:
        """Return a compressed graph; training for int8 starts from the one with fewer weights."""
        if not compression:
            return self.base.result()
        before = structs.replace(compression, qat=False) if compression.qat else Compression()
        return self._trained(self.graph(before), compression, str(compression))

    @functools.cached_property
    def _digest(self) -> str:
        return "" if self.samples is None else self.samples.digest()

    def _trained(self, graph: FrozenGraph, stage: Compression, name: str) -> FrozenGraph:
        key = value_digest([name, dataclasses.asdict(self.settings), self._digest, installed_version("tensorflow")])
        folder = self.work / f"{name}-{key.short(12)}"
        original = self.base.result()
        feeds = None if self.samples is None else Samples(self.samples, self.contract, original.front)
        with ChildExecutor(1, shows=self.shows, trains=True) as child:
            stored = load_frozen(folder)
            if stored is not None:
                return stored
            work = child.submit(
                _compress, graph, original, stage, self.settings, feeds, make_folder(folder), name, self.shows
            )
            return work.result()


def _tried(work: Callable[[], FrozenGraph]) -> Future[FrozenGraph]:
    """Return a future that is done: what came out, or the error."""
    future: Future[FrozenGraph] = Future()
    try:
        future.set_result(work())
    except Exception as error:
        future.set_exception(error)
    return future


def _compress(
    graph: FrozenGraph,
    original: FrozenGraph,
    stage: Compression,
    settings: CompressionRecipe,
    samples: Samples | None,
    folder: Path,
    name: str,
    shows: bool,
) -> FrozenGraph:
    """Compress in a child process, which shows its progress."""
    with progress(f"train {name}", shows=shows) as advance:
        return compress(graph, stage, settings, samples=samples, original=original, folder=folder, progress=advance)
