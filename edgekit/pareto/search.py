"""The search: cheap evidence for all candidates, dear evidence for those that it leaves.

All precisions are derived from one float file and asked a few samples. What another one beats by far is dropped. A
compression is built in one shot, which tells its size; it is trained only where it could beat what is there. What is
left is asked all choosing samples. The choice is certified on held-out samples that chose nothing. Neither have trained
the model: what it knows by heart hides what is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from edgekit.conversion.batches import CalibrationBatches
from edgekit.conversion.intermediates import kept_in
from edgekit.data.loading import fit_to_model
from edgekit.data.samples import Samples
from edgekit.data.splits import DataSplit, stratified_split
from edgekit.debugging.operators import compare_operators
from edgekit.documents.parity import ParityReport
from edgekit.documents.search import Evidence, SampleCounts, SearchReport
from edgekit.errors import ConversionError, DataError
from edgekit.evaluation.intervals import require_statistics
from edgekit.formats.tflite.subgraphs import tensor_feeds
from edgekit.models.frozen_graph import load_frozen
from edgekit.pareto.candidates import (
    Candidate,
    compressed_candidates,
    mixed_candidates,
    plain_candidates,
)
from edgekit.pareto.front import NEAR_DB, beats, pick
from edgekit.pareto.outcome import Outcome
from edgekit.pareto.pool import Pool
from edgekit.pipeline.run_folder import open_run
from edgekit.recipe.recipe import Recipe
from edgekit.recipe.variants import Compression
from edgekit.system.files import write_bytes, write_json
from edgekit.system.optional import installed_version
from edgekit.system.processes import ChildExecutor, cores, preload
from edgekit.system.progress import progress

FEW = 12
"""Choosing samples that all candidates are asked."""
SENSITIVITY_SAMPLES = 4
HOPELESS_DB = 3.0
"""Below this the answers are noise, whatever the limits."""


def search(recipe: Recipe, out: Path, *, shows: bool = False) -> SearchReport:
    """Find the best variants of a recipe's model within its limits.

    Args:
        recipe: What to build, with ``[search]``; the limit of the drop is that of ``[parity]``.
        out: Folder; what it holds of an earlier search with the same inputs is kept.
        shows: Show progress on stderr.

    Returns:
        The front, the choice with its certificate, and how much was built.

    Raises:
        EdgekitError: The input is bad, or something is missing.
    """
    require_statistics()
    preload("edgekit.system.preload")
    with open_run(recipe, out, shows=shows) as (folder, split):
        if split.train is None:
            raise DataError("a search calibrates and trains with training samples: give [data] train")
        original = folder.original(split)
        assert original.split.train is not None, "checked before"
        choosing, certifying = (
            fit_to_model(samples, original.model.contract)
            for samples in choosing_and_certifying(original.split, recipe)
        )
        pool = Pool(folder=folder, model=original.model, fitting=original.split.train, choosing=choosing)
        return _Search(pool, certifying).run()


def choosing_and_certifying(split: DataSplit, recipe: Recipe) -> tuple[Samples, Samples]:
    """Return the samples that choose and those that certify: validation and test data, or parts of what is held out.

    Raises:
        DataError: Too few are held out for both.
    """
    if split.role == "test" and split.validation is not None:
        return split.validation, split.held_out
    try:
        certifying, choosing = stratified_split(split.held_out, recipe.search.choosing, seed=recipe.data.seed)
    except DataError as error:
        raise DataError(f"a part of the held-out samples chooses, the other certifies: {error}") from error
    return choosing, certifying


@dataclass(frozen=True)
class _Search:
    pool: Pool
    certifying: Samples

    @property
    def recipe(self) -> Recipe:
        return self.pool.recipe

    def run(self) -> SearchReport:
        self._plain()
        self._mixed()
        self._compressed()
        pool, out = self.pool, self.pool.folder.out
        pool.ask([pool.considered[name] for name in pool.artifacts], len(pool.choosing))
        if not pool.measured:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in list(pool.reasons.items())[:3])
            raise ConversionError(f"nothing that could be built keeps the original's answers: {reasons}")
        chosen = pick(pool.measured, self.recipe.search, self.recipe.parity.max_drop)
        certificate = None if chosen is None else self._certificate(chosen)
        report = self._outcome(chosen, certificate).report()
        write_json(out / "search.json", report.to_json())
        if installed_version("matplotlib") is not None:
            from edgekit.pareto.chart import draw_front  # heavy

            name = None if chosen is None else chosen.name
            write_bytes(out / "front.svg", draw_front(report.candidates, name, self.recipe.search.size).encode())
        return report

    def _outcome(self, chosen: Evidence | None, certificate: ParityReport | None) -> Outcome:
        pool = self.pool
        counts = SampleCounts(fitting=len(pool.fitting), choosing=len(pool.choosing), certifying=len(self.certifying))
        return Outcome(
            name=self.recipe.name,
            out=pool.folder.out,
            limits=self.recipe.search,
            max_drop=self.recipe.parity.max_drop,
            considered=pool.considered,
            artifacts=pool.artifacts,
            evidence=pool.evidence,
            reasons=pool.reasons,
            choice=chosen,
            certificate=certificate,
            samples=counts,
            asked=pool.asked,
        )

    def _try(self, candidates: Sequence[Candidate], title: str) -> None:
        """Build candidates, ask them a few samples, and drop what another one beats by far."""
        self.pool.build(candidates, title)
        self.pool.ask(candidates, FEW)
        measured = self.pool.measured
        for evidence in measured:
            rival = next((rival for rival in measured if beats(rival, evidence, margin=NEAR_DB)), None)
            if evidence.quality < HOPELESS_DB:
                self.pool.drop(evidence.name, f"only {evidence.quality:.1f} dB")
            elif rival is not None:
                self.pool.drop(evidence.name, f"{rival.name} is no larger and {_better(rival, evidence)}")

    def _plain(self) -> None:
        """Every precision of the float model."""
        self._try(plain_candidates(self.recipe.search), "precisions")

    def _mixed(self) -> None:
        """What has 4 bits, with its most sensitive operators at 8."""
        pool = self.pool
        small = [
            candidate
            for candidate in pool.considered.values()
            if candidate.name in pool.artifacts and not candidate.overrides
        ]
        if not any(mixed_candidates(candidate.variant, ["", "", "", ""]) for candidate in small):
            return
        sensitive = self._sensitive()
        mixed = [mixture for candidate in small for mixture in mixed_candidates(candidate.variant, sensitive)]
        self._try(mixed, "mixed precision")

    def _sensitive(self) -> list[str]:
        """Return the operators that lose most by 4 bits, one by one, in TFLite."""
        pool = self.pool
        worst = pool.artifacts.get("tflite-w4")
        folder = kept_in(pool.folder.work, pool.model)
        graph = load_frozen(folder)
        float_file = folder / "float.tflite"
        if worst is None or graph is None or not float_file.exists():
            return []
        with progress("sensitivity", shows=pool.folder.shows) as advance, ChildExecutor(1) as child:
            few = pool.fitting.take(range(min(SENSITIVITY_SAMPLES, len(pool.fitting))))
            batches = CalibrationBatches(few, pool.model.contract, graph.front)
            names = child.submit(_sensitivity, float_file, worst.file, batches).result()
            advance(1, 1, f"{len(names)} operators")
        return names

    def _compressed(self) -> None:
        """Compressions: their sizes by one shot, and training only where they could beat what is there."""
        candidates = compressed_candidates(self.recipe.search)
        self.pool.considered |= {candidate.name: candidate for candidate in candidates}
        untrained = [candidate for candidate in candidates if not candidate.variant.compression.qat]
        sizes = self.pool.one_shot_sizes(untrained)
        hopeful = [candidate for candidate in candidates if self._could_win(candidate, sizes)]
        for compression in dict.fromkeys(candidate.variant.compression for candidate in hopeful):
            group = [candidate for candidate in hopeful if candidate.variant.compression == compression]
            # The groups before may have won.
            group = [candidate for candidate in group if self._could_win(candidate, sizes)]
            self._try(group, f"trained {compression}")

    def _could_win(self, candidate: Candidate, sizes: Mapping[str, int]) -> bool:
        """Whether a candidate could be on the front, if training repaired all that was taken away."""
        reason = self._obstacle(candidate, sizes)
        if reason is not None:
            self.pool.reasons.setdefault(candidate.name, reason)
        return reason is None

    def _obstacle(self, candidate: Candidate, sizes: Mapping[str, int]) -> str | None:
        variant, compression, limit = candidate.variant, candidate.variant.compression, self.recipe.search.max_bytes
        plain = self.pool.evidence.get(str(structs.replace(variant, compression=Compression())))
        if compression.sparsity or compression.clusters:
            untrained = structs.replace(variant, compression=structs.replace(compression, qat=False))
            size = sizes.get(str(untrained))
        else:
            size = None if plain is None else plain.size
        if size is None:
            return "its precision cannot be built"
        if limit is not None and size > limit:
            return f"its size, {size:,} bytes, is over the limit"
        # What is trained under rounding may become better than the same precision without; pruning alone may not.
        best = float("inf") if plain is None or compression.qat else plain.quality
        hope = Evidence(
            name=candidate.name,
            bytes=size,
            size=size,
            samples=0,
            agreement=None,
            sqnr_db=None if best == float("inf") else best,
        )
        rival = next((evidence for evidence in self.pool.measured if beats(evidence, hope)), None)
        if rival is not None:
            return f"{rival.name} is no larger, and better than it can become"
        if best < HOPELESS_DB:
            return f"{variant.format}-{variant.precision} keeps only {best:.1f} dB before anything is taken away"
        return None

    def _certificate(self, chosen: Evidence) -> ParityReport:
        """Return parity of the choice on the held-out samples, which have chosen nothing."""
        with progress("certify", shows=self.pool.folder.shows) as advance, ChildExecutor() as executor:
            check = self.pool.check(self.certifying)
            artifact = self.pool.artifacts[chosen.name]
            return check.collect(artifact, check.start(artifact, executor, cores()), advance)


def _better(rival: Evidence, candidate: Evidence) -> str:
    if rival.quality == float("inf"):
        return "exact"
    return f"{rival.quality - candidate.quality:.0f} dB better"


def _sensitivity(model: Path, artifact: Path, batches: CalibrationBatches) -> list[str]:
    """Return operators of a float TFLite file, those first that lose most alone."""
    feeds = tensor_feeds(model.read_bytes(), batches)
    operators, _ = compare_operators(model.read_bytes(), artifact.read_bytes(), feeds)
    return [operator.name for operator in operators if operator.alone_db is not None]
