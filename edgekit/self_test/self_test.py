"""Parity's self-test: faults made on purpose have to be caught, and artifacts that are faithful must not be.

A fault counts as caught if the verdict is "fail", or if the artifact is refused when it is loaded, as each is whose
file is not the one that was made (what its answers alone would have shown is told, too), or if its answers are farther
from the original's than those of the same artifact without the fault, on more samples than chance allows (a sign test).
That sees what an accuracy cannot: 80 photos do not tell a drop of 4 points from none, but all 80 answers moved.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from edgekit.data.leakage import load_seen, unseen
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.errors import DataError
from edgekit.evaluation.gates import FAIL
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import kept_answers, original_answers
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ParityRecipe
from edgekit.self_test.faults import FAULTS
from edgekit.self_test.sign_test import ALARM, alarms_by_chance
from edgekit.self_test.trials import Finding, Trials
from edgekit.system.files import JsonObject
from edgekit.system.progress import Advance, silent

MOST = 200
"""Samples that are asked; each fault asks them again."""
FAITHFUL = 200
"""Artifacts with rounding noise that must not be caught."""


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """What the self-test found.

    Attributes:
        variant: The artifact.
        samples: Number of samples that were asked.
        findings: One per fault.
        faithful: Number of artifacts with rounding noise.
        alarms: How many of them were caught, which none should be.
        allowed: How many may be, by the rate of the sign test (once in a thousand self-tests more).
    """

    variant: str
    samples: int
    findings: tuple[Finding, ...]
    faithful: int
    alarms: int
    allowed: int

    @property
    def ok(self) -> bool:
        """Whether every fault was caught that applies, and no more faithful artifacts than chance has it."""
        return all(finding.caught is not False for finding in self.findings) and self.alarms <= self.allowed

    def to_json(self) -> JsonObject:
        """Return it as JSON values."""
        return {"ok": self.ok, **asdict(self)}


def self_test(
    model: TunedModel | str | Path,
    artifact: Artifact | str | Path,
    *,
    data: DataLike,
    rule: ParityRecipe | None = None,
    placement: Placement | None = None,
    progress: Advance = silent,
) -> SelfTest:
    """See that parity catches faults in an artifact, and none in faithful ones.

    Args:
        model: The original.
        artifact: A faithful artifact of it.
        data: Raw samples; at most `MOST` of those that it has not seen are asked.
        rule: Metric, limit and confidence.
        placement: What runs the artifact.
        progress: Called as faults are tried.

    Raises:
        DataError: Samples, original and artifact do not fit, or the artifact fails as it is.
    """
    original = model if isinstance(model, TunedModel) else load_model(model)
    shipped = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    samples = fit_to_model(load_samples(data, original.contract), original.contract)
    clean = unseen(samples, load_seen(original.path) | shipped.calibrated_on)
    samples = clean if len(clean) else samples
    if len(samples) > MOST:
        samples = samples.take([int(index) for index in np.linspace(0, len(samples) - 1, MOST)])
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        answers = kept_answers(original, samples) or original_answers(original, samples, Path(scratch))
        check = Check(original, samples, answers, rule or ParityRecipe(), placement or Placement())
        return _run(Trials(check, shipped, Path(scratch)), progress)


def _run(trials: Trials, progress: Advance) -> SelfTest:
    """Try all faults, artifacts that are faithful, and drops near the limit."""
    clean = trials.ask(trials.artifact)
    assert clean is not None, "without a fault there is always an answer"
    report = trials.judged(clean)
    if report.verdict == FAIL:
        raise DataError(f"{trials.artifact.name} fails as it is, so faults in it show nothing: {report.message}")
    total = len(FAULTS) + FAITHFUL
    findings = []
    for done, fault in enumerate(FAULTS, 1):
        findings.append(trials.tried(fault, clean))
        progress(done, total, fault.name)
    alarms = 0
    for seed in range(FAITHFUL):
        alarms += trials.alarm(trials.with_noise(clean, seed), clean) is not None
        progress(len(FAULTS) + seed + 1, total, "faithful artifacts")
    return SelfTest(
        variant=trials.artifact.name,
        samples=len(trials.check.samples),
        findings=(*findings, *trials.drops(clean)),
        faithful=FAITHFUL,
        alarms=alarms,
        allowed=alarms_by_chance(FAITHFUL, ALARM),
    )
