"""What ``edgekit search --json`` prints: every candidate with its evidence, and the choice with its certificate."""

from __future__ import annotations

from msgspec import field

from edgekit.documents.document import Document, Verdict
from edgekit.documents.parity import ParityReport
from edgekit.documents.run import OverrideEntry
from edgekit.system.files import JsonObject


class Evidence(Document, frozen=True, kw_only=True):
    """What is known of a candidate.

    Attributes:
        name: The candidate.
        bytes: Size of the file.
        size: Size by what counts as the size.
        samples: Number of choosing samples that it was asked.
        agreement: Share of them with the original's answer; null where no class is told.
        sqnr_db: Of the worst output over these samples, in dB; null: exact.
        latency_ms: Median latency here; null: not measured.
        ram_bytes: Peak memory of a process that ran it; null: not measured.
    """

    name: str
    bytes: int
    size: int
    samples: int
    agreement: float | None
    sqnr_db: float | None
    latency_ms: float | None = None
    ram_bytes: int | None = None

    @property
    def quality(self) -> float:
        """The ratio in dB, with exactness above all."""
        return float("inf") if self.sqnr_db is None else self.sqnr_db


class CandidateEntry(Document, frozen=True, kw_only=True):
    """One thing that may be built.

    Attributes:
        name: The variant, and how many operators are quantized less.
        variant: The variant.
        overrides: Those operators; ``except`` in JSON.
        path: Its folder; null: it was left.
        evidence: What is known of it; null: it was not asked.
        front: Whether it is on the Pareto front.
        breaks: The limits that it breaks, and by what factor; null where the limit is zero.
        reason: Why it was taken or left.
    """

    name: str
    variant: str
    overrides: tuple[OverrideEntry, ...] = field(name="except", default=())
    path: str | None
    evidence: Evidence | None
    front: bool
    breaks: dict[str, float | None]
    reason: str


class SampleCounts(Document, frozen=True, kw_only=True):
    """Numbers of samples of a search.

    Attributes:
        fitting: That calibrate and train.
        choosing: That choose.
        certifying: That certify the choice.
    """

    fitting: int
    choosing: int
    certifying: int


class SearchReport(Document, frozen=True, kw_only=True):
    """What a search found.

    Attributes:
        name: The recipe's name.
        verdict: Of the choice on held-out samples; ``fail``: nothing meets the limits.
        choice: The candidate that was taken; null: nothing meets the limits.
        path: Its folder.
        certificate: Its parity on samples that chose nothing.
        nearest_miss: Without a choice, the candidate that comes nearest to the limits.
        limits: What was searched, and within what, as ``[search]`` of the recipe says it.
        samples: How many samples did what.
        built: Number of candidates that were built and asked.
        asked: Number of samples that candidates were asked in this run.
        measured_on: The machine in words.
        front: Names of those on the Pareto front, the smallest first.
        candidates: All of them.
    """

    name: str
    verdict: Verdict
    choice: str | None
    path: str | None
    certificate: ParityReport | None
    nearest_miss: str | None
    limits: JsonObject
    samples: SampleCounts
    built: int
    asked: int
    measured_on: str
    front: tuple[str, ...]
    candidates: tuple[CandidateEntry, ...]

    def candidate(self, name: str) -> CandidateEntry:
        """Return the candidate of a name."""
        return next(entry for entry in self.candidates if entry.name == name)
