"""The pool of a search: candidates that were built, and what is known of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgekit.conversion.conversion import convert_all
from edgekit.data.samples import Samples
from edgekit.errors import EdgekitError
from edgekit.evaluation.check import Check
from edgekit.evaluation.gates import FINITE
from edgekit.evaluation.reference import original_answers
from edgekit.inference.latency import bench
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.pareto.candidates import Candidate
from edgekit.pareto.front import Evidence
from edgekit.pipeline.run_folder import RunFolder
from edgekit.recipe.recipe import Recipe
from edgekit.system.digests import value_digest
from edgekit.system.files import make_folder, read_json, write_json
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
        self.considered |= {each.name: each for each in candidates}
        groups = dict.fromkeys(each.overrides for each in candidates)
        for entries in groups:
            group = [each for each in candidates if each.overrides == entries]
            key = value_digest([entry.to_json() for entry in entries]).short(8) if entries else "plain"
            with progress(title, shows=self.folder.shows) as advance:
                made = convert_all(
                    self.model,
                    [each.variant for each in group],
                    samples=self.fitting,
                    out=make_folder(self.folder.out / "candidates" / key),
                    settings=dataclasses.replace(self.recipe.conversion, overrides=entries),
                    work=self.folder.work,
                    progress=advance,
                    shows=self.folder.shows,
                )
            for candidate, result in zip(group, made, strict=True):
                if result.artifact is None:
                    self.reasons[candidate.name] = f"cannot be built: {result.error}"
                    continue
                twin = next((n for n, a in self.artifacts.items() if a.digest() == result.artifact.digest()), None)
                if twin is None:
                    self.artifacts[candidate.name] = result.artifact
                elif twin != candidate.name:
                    self.reasons[candidate.name] = f"the same file as {twin}"

    def one_shot_sizes(self, candidates: Sequence[Candidate]) -> dict[str, int]:
        """Return the size of candidates whose weights were taken away without training: it stays when they are."""
        settings = dataclasses.replace(
            self.recipe.conversion,
            compression=dataclasses.replace(self.recipe.conversion.compression, schedule="one-shot"),
        )
        with progress("sizes", shows=self.folder.shows) as advance:
            made = convert_all(
                self.model,
                [each.variant for each in candidates],
                samples=self.fitting,
                out=make_folder(self.folder.work / "one-shot"),
                settings=settings,
                work=self.folder.work,
                progress=advance,
            )
        found = {}
        for candidate, result in zip(candidates, made, strict=True):
            if result.artifact is None:
                self.reasons[candidate.name] = f"cannot be built: {result.error}"
            else:
                found[candidate.name] = self._size(result.artifact)
        return found

    def ask(self, candidates: Sequence[Candidate], count: int) -> None:
        """Ask candidates some of the choosing samples; what was asked before is kept."""
        order = list(range(0, len(self.choosing), max(1, len(self.choosing) // count)))[:count]
        samples = self.choosing if count >= len(self.choosing) else self.choosing.take(order)
        names = [each.name for each in candidates if each.name in self.artifacts]
        with progress("ask", shows=self.folder.shows) as advance, ChildExecutor() as executor:
            check = self.check(samples)
            kept = {name: read_json(self._evidence_file(name, samples)) for name in names}
            started = {n: check.start(self.artifacts[n], executor, 1) for n in names if kept[n] is None}
            for futures in started.values():  # latency is measured with nothing beside it
                wait(futures)
            for done, name in enumerate(names, 1):
                found = kept[name]
                if found is None:
                    try:
                        found = check.collect(self.artifacts[name], started[name]).to_json()
                    except EdgekitError as error:
                        self.drop(name, str(error))
                        continue
                    self.asked += len(samples)
                    write_json(self._evidence_file(name, samples), found)
                broken = next(gate["value"] for gate in found["gates"] if gate["name"] == FINITE)
                if broken:  # its ratio is that of the other samples, or none, which would read as exact
                    self.drop(name, f"NaN or infinite values in the answers to {broken:.0%} of the samples")
                    continue
                self.evidence[name] = self._timed(self._read(name, found))
                advance(done, len(names), f"{name}, {len(samples)} samples")

    def check(self, samples: Samples) -> Check:
        """Return the comparison of artifacts with the original on some samples."""
        answers = original_answers(self.model, samples, self.folder.work)
        return Check(self.model, samples, answers, self.recipe.parity, Placement())

    def _timed(self, found: Evidence) -> Evidence:
        """Add the latency and the memory of a candidate; each is measured once, with nothing beside it."""
        artifact = self.artifacts[found.name]
        key = value_digest([artifact.digest(), tool_versions(), machine()])
        file = self.folder.work / f"latency-{key.short()}.json"
        measured = read_json(file) or bench(artifact, runs=RUNS)
        write_json(file, measured)
        return dataclasses.replace(
            found, latency_ms=measured["latency_ms"]["p50"], ram_bytes=measured["peak_rss_bytes"]
        )

    def _evidence_file(self, name: str, samples: Samples) -> Path:
        key = value_digest([self.artifacts[name].digest(), samples.digest(), tool_versions()])
        return self.folder.work / f"evidence-{key.short()}.json"

    def _read(self, name: str, found: dict[str, Any]) -> Evidence:
        ratios = [output["sqnr_db"] for output in found["outputs"].values() if output["sqnr_db"] is not None]
        artifact = self.artifacts[name]
        return Evidence(
            name=name,
            bytes=artifact.bytes,
            size=self._size(artifact),
            samples=found["samples"],
            agreement=None if found["task"] is None else found["task"]["agreement"],
            sqnr_db=min(ratios) if ratios else None,
        )

    def _size(self, artifact: Artifact) -> int:
        assert artifact.weights is not None, "it was built here"
        if self.recipe.search.size == "file":
            return artifact.bytes
        return int(artifact.weights["bytes_compressed"]) + artifact.bytes - artifact.file.stat().st_size
