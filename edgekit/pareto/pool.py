"""The pool of a search: candidates that were built, and what is known of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from edgekit.conversion.conversion import convert_all
from edgekit.data.samples import Samples
from edgekit.documents.bench import BenchReport
from edgekit.documents.parity import ParityReport
from edgekit.documents.search import Evidence
from edgekit.errors import EdgekitError
from edgekit.evaluation.gates import FINITE
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import original_answers
from edgekit.inference.latency import bench
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.pareto.candidates import Candidate
from edgekit.pipeline.run_folder import RunFolder
from edgekit.recipe.overrides import Override
from edgekit.recipe.recipe import Recipe
from edgekit.system.digests import value_digest
from edgekit.system.files import make_folder, write_json
from edgekit.system.machine import machine
from edgekit.system.processes import ChildExecutor
from edgekit.system.progress import progress
from edgekit.system.versions import tool_versions

RUNS = 20
"""Of a latency measurement."""


@dataclass(kw_only=True)
class Pool:
    """Candidates, as far as they got.

    Attributes:
        folder: Of the search; what it holds of an earlier one is used again.
        model: The original.
        fitting: Samples that calibrate and train.
        choosing: Samples that choose.
        considered: All candidates, by name.
        artifacts: Those that were built and not dropped yet.
        evidence: What is known of those that were asked.
        reasons: Why others were dropped.
        asked: Number of samples that candidates were asked.
    """

    folder: RunFolder
    model: TunedModel
    fitting: Samples
    choosing: Samples
    considered: dict[str, Candidate] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    @property
    def recipe(self) -> Recipe:
        """What is searched."""
        return self.folder.recipe

    @property
    def measured(self) -> list[Evidence]:
        """What is known of those that are left."""
        return [self.evidence[name] for name in self.artifacts if name in self.evidence]

    def drop(self, name: str, reason: str) -> None:
        """Leave a candidate, and say why."""
        self.reasons[name] = reason
        self.artifacts.pop(name, None)

    def build(self, candidates: Sequence[Candidate], title: str) -> None:
        """Build candidates; those with the same exceptions at once."""
        self.considered |= {candidate.name: candidate for candidate in candidates}
        for overrides in dict.fromkeys(candidate.overrides for candidate in candidates):
            group = [candidate for candidate in candidates if candidate.overrides == overrides]
            self._build_group(group, overrides, title)

    def _build_group(self, group: Sequence[Candidate], overrides: tuple[Override, ...], title: str) -> None:
        """Build candidates with the same overrides; of those that give the same file, the first is enough."""
        key = value_digest([override.to_json() for override in overrides]).short(8) if overrides else "plain"
        with progress(title, shows=self.folder.shows) as advance:
            conversions = convert_all(
                self.model,
                [candidate.variant for candidate in group],
                samples=self.fitting,
                out=make_folder(self.folder.out / "candidates" / key),
                settings=dataclasses.replace(self.recipe.conversion, overrides=overrides),
                work=self.folder.work,
                progress=advance,
                shows=self.folder.shows,
            )
        for candidate, conversion in zip(group, conversions, strict=True):
            if conversion.artifact is None:
                self.reasons[candidate.name] = f"cannot be built: {conversion.error}"
                continue
            digest = conversion.artifact.digest()
            twin = next((name for name, artifact in self.artifacts.items() if artifact.digest() == digest), None)
            if twin is None:
                self.artifacts[candidate.name] = conversion.artifact
            elif twin != candidate.name:
                self.reasons[candidate.name] = f"the same file as {twin}"

    def one_shot_sizes(self, candidates: Sequence[Candidate]) -> dict[str, int]:
        """Return the size of candidates whose weights were taken away without training: it stays when they are."""
        settings = dataclasses.replace(
            self.recipe.conversion,
            compression=dataclasses.replace(self.recipe.conversion.compression, schedule="one-shot"),
        )
        with progress("sizes", shows=self.folder.shows) as advance:
            conversions = convert_all(
                self.model,
                [candidate.variant for candidate in candidates],
                samples=self.fitting,
                out=make_folder(self.folder.work / "one-shot"),
                settings=settings,
                work=self.folder.work,
                progress=advance,
            )
        sizes = {}
        for candidate, conversion in zip(candidates, conversions, strict=True):
            if conversion.artifact is None:
                self.reasons[candidate.name] = f"cannot be built: {conversion.error}"
            else:
                sizes[candidate.name] = self._size(conversion.artifact)
        return sizes

    def ask(self, candidates: Sequence[Candidate], count: int) -> None:
        """Ask candidates some of the choosing samples; what was asked before is kept."""
        order = list(range(0, len(self.choosing), max(1, len(self.choosing) // count)))[:count]
        samples = self.choosing if count >= len(self.choosing) else self.choosing.take(order)
        names = [candidate.name for candidate in candidates if candidate.name in self.artifacts]
        files = {name: self._evidence_file(name, samples) for name in names}
        earlier = {name: ParityReport.load(file) for name, file in files.items() if file.exists()}
        with progress("ask", shows=self.folder.shows) as advance, ChildExecutor() as executor:
            check = self.check(samples)
            comparisons = {
                name: check.start(self.artifacts[name], executor, 1) for name in names if name not in earlier
            }
            for futures in comparisons.values():  # latency is measured with nothing beside it
                wait(futures)
            for done, name in enumerate(names, 1):
                if name in earlier:
                    report = earlier[name]
                else:
                    try:
                        report = check.collect(self.artifacts[name], comparisons[name])
                    except EdgekitError as error:
                        self.drop(name, str(error))
                        continue
                    self.asked += len(samples)
                    write_json(files[name], report.to_json())
                self._weigh(name, report)
                advance(done, len(names), f"{name}, {len(samples)} samples")

    def _weigh(self, name: str, report: ParityReport) -> None:
        """Take a report as evidence; drop a candidate whose answers are not all numbers.

        Its ratio is that of the other samples, or none, which would read as exact.
        """
        broken = next(gate.value for gate in report.gates if gate.name == FINITE)
        if broken:
            self.drop(name, f"NaN or infinite values in the answers to {broken:.0%} of the samples")
        else:
            self.evidence[name] = self._timed(self._read(name, report))

    def check(self, samples: Samples) -> Check:
        """Return the comparison of artifacts with the original on some samples."""
        answers = original_answers(self.model, samples, self.folder.work)
        return Check(self.model, samples, answers, self.recipe.parity, Placement())

    def _timed(self, evidence: Evidence) -> Evidence:
        """Add the latency and the memory of a candidate; each is measured once, with nothing beside it."""
        artifact = self.artifacts[evidence.name]
        key = value_digest([artifact.digest(), tool_versions(), machine()])
        file = self.folder.work / f"latency-{key.short()}.json"
        if file.exists():
            report = BenchReport.load(file)
        else:
            report = bench(artifact, runs=RUNS)
            write_json(file, report.to_json())
        return replace(evidence, latency_ms=report.latency_ms.p50, ram_bytes=report.peak_rss_bytes)

    def _evidence_file(self, name: str, samples: Samples) -> Path:
        key = value_digest([self.artifacts[name].digest(), samples.digest(), tool_versions()])
        return self.folder.work / f"evidence-{key.short()}.json"

    def _read(self, name: str, report: ParityReport) -> Evidence:
        ratios = [errors.sqnr_db for errors in report.outputs.values() if errors.sqnr_db is not None]
        artifact = self.artifacts[name]
        return Evidence(
            name=name,
            bytes=artifact.bytes,
            size=self._size(artifact),
            samples=report.samples,
            agreement=None if report.task is None else report.task.agreement,
            sqnr_db=min(ratios) if ratios else None,
        )

    def _size(self, artifact: Artifact) -> int:
        assert artifact.weights is not None, "it was built here"
        if self.recipe.search.size == "file":
            return artifact.bytes
        return artifact.weights.bytes_compressed + artifact.bytes - artifact.file.stat().st_size
