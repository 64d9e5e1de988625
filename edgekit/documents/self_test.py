"""What ``edgekit parity --self-test --json`` prints: which faults made on purpose were noticed."""

from __future__ import annotations

from typing import Literal

from edgekit.documents.document import Document


class FaultFinding(Document, frozen=True, kw_only=True):
    """What became of a fault.

    Attributes:
        fault: Its name.
        caught: Whether it was noticed; null: it does not apply to this model.
        by: What noticed it; null: nothing.
        evidence: What there was to see.
    """

    fault: str
    caught: bool | None
    by: Literal["verdict", "digest", "refused", "errors", "limit"] | None
    evidence: str


class SelfTestReport(Document, frozen=True, kw_only=True):
    """Whether parity catches faults, and takes no faithful artifact for faulty.

    Attributes:
        ok: Whether every fault was caught that applies, and no more faithful artifacts than chance has it.
        variant: The artifact.
        samples: Number of samples that were asked.
        findings: One per fault.
        faithful: Number of artifacts with rounding noise.
        alarms: How many of them were caught, which none should be.
        allowed: How many may be, by the rate of the sign test.
    """

    ok: bool
    variant: str
    samples: int
    findings: tuple[FaultFinding, ...]
    faithful: int
    alarms: int
    allowed: int
