"""The document of a search: every candidate with its evidence and the reason why it was taken or left."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgekit.documents.parity import ParityReport
from edgekit.documents.run import OverrideEntry
from edgekit.documents.search import CandidateEntry, Evidence, SampleCounts, SearchReport
from edgekit.models.artifact import Artifact
from edgekit.pareto.candidates import Candidate
from edgekit.pareto.front import front, nearest_miss, violations
from edgekit.recipe.recipe import SearchRecipe
from edgekit.system.machine import machine


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a search found.

    Attributes:
        name: The recipe's name.
        out: The search's folder, which paths are relative to.
        limits: What was searched, and within what.
        max_drop: Limit of the drop.
        considered: All candidates, by name.
        artifacts: Those that were left in the end.
        evidence: What is known of those that were asked.
        reasons: Why the others were left.
        choice: The one that was taken; None: nothing meets the limits.
        certificate: Its parity on held-out samples.
        samples: Numbers of samples that fit, choose and certify.
        asked: Number of samples that candidates were asked in this run.
    """

    name: str
    out: Path
    limits: SearchRecipe
    max_drop: float
    considered: Mapping[str, Candidate]
    artifacts: Mapping[str, Artifact]
    evidence: Mapping[str, Evidence]
    reasons: Mapping[str, str]
    choice: Evidence | None
    certificate: ParityReport | None
    samples: SampleCounts
    asked: int

    def report(self) -> SearchReport:
        """Return the outcome as the document that is printed."""
        measured = [self.evidence[name] for name in self.artifacts if name in self.evidence]
        best = front(measured)
        names = {evidence.name for evidence in best}
        miss = None if self.choice is not None else nearest_miss(measured, self.limits, self.max_drop)
        return SearchReport(
            name=self.name,
            verdict="fail" if self.certificate is None else self.certificate.verdict,
            choice=None if self.choice is None else self.choice.name,
            path=None if self.choice is None else self._path(self.choice.name),
            certificate=self.certificate,
            nearest_miss=None if miss is None else miss.name,
            limits={**dataclasses.asdict(self.limits), "max_drop": self.max_drop},
            samples=self.samples,
            built=sum(1 for name in self.considered if name in self.evidence),
            asked=self.asked,
            measured_on=machine(),
            front=tuple(evidence.name for evidence in best),
            candidates=tuple(self._candidate(name, names) for name in self.considered),
        )

    def _path(self, name: str) -> str | None:
        artifact = self.artifacts.get(name)
        return None if artifact is None else str(artifact.path.relative_to(self.out))

    def _candidate(self, name: str, best: set[str]) -> CandidateEntry:
        evidence, candidate = self.evidence.get(name), self.considered[name]
        return CandidateEntry(
            name=name,
            variant=str(candidate.variant),
            overrides=tuple(OverrideEntry.from_json(override.to_json()) for override in candidate.overrides),
            path=self._path(name),
            evidence=evidence,
            front=name in best,
            breaks={} if evidence is None else self._broken(evidence),
            reason=self._reason(name, best),
        )

    def _broken(self, evidence: Evidence) -> dict[str, float | None]:
        """Return the broken limits and by what factor; None where the limit is zero."""
        factors = violations(evidence, self.limits, self.max_drop)
        return {name: factor if math.isfinite(factor) else None for name, factor in factors.items()}

    def _reason(self, name: str, best: set[str]) -> str:
        """Say in a line why a candidate was taken or left."""
        if self.choice is not None and name == self.choice.name:
            return "the smallest within the limits"
        if name not in self.artifacts:
            return self.reasons.get(name, "not built")
        broken = violations(self.evidence[name], self.limits, self.max_drop)
        if broken:
            return f"breaks the limit of {' and '.join(broken)}"
        return "larger than the choice, and better or faster" if name in best else "another one beats it"
