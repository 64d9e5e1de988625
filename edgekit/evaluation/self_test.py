"""Parity's self-test: faults made on purpose have to be caught, and artifacts that are faithful must not be.

A fault counts as caught if the verdict is "fail", or if the artifact is refused when it is loaded, as each is whose
file is not the one that was made (what its answers alone would have shown is told, too), or if its answers are farther
from the original's than those of the same artifact without the fault, on more samples than chance allows (a sign test).
That sees what an accuracy cannot: 80 photos do not tell a drop of 4 points from none, but all 80 answers moved.
"""

from __future__ import annotations

import functools
import math
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.alignment import differences, fed, in_our_order
from edgekit.contract.contract import Contract
from edgekit.data.batch import Batch
from edgekit.data.leakage import load_seen, unseen
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.documents.parity import ParityReport
from edgekit.errors import ArtifactError, DataError, EdgekitError
from edgekit.evaluation.check import Check
from edgekit.evaluation.comparison import CHUNK, bind
from edgekit.evaluation.faults import CONTRACT, FAULTS, FILE, INPUT, Fault, with_drop
from edgekit.evaluation.gates import FAIL, PASS
from edgekit.evaluation.output_error import decibel
from edgekit.evaluation.reference import kept_answers, original_answers
from edgekit.evaluation.tally import Comparison, Tally
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ParityRecipe
from edgekit.system.optional import require
from edgekit.system.progress import Advance, silent

MOST = 200
"""Samples that are asked; each fault asks them again."""
ALARM = 1e-3
"""Probability with which the sign test takes a faithful artifact for a faulty one."""
ROUNDING = 1e-4
"""Share of an output's largest value below which errors are not told apart."""
FAITHFUL = 200
"""Artifacts with rounding noise that must not be caught."""
ALIKE = 1.05
"""Errors by less than this factor apart count as equal: noise alone makes small ones a little larger."""
NOISE = 1e-5
"""Deviation of that noise, as a share of an output's largest value."""
POINT = 0.01
"""How far from the limit the two exact drops are."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What became of a fault.

    Attributes:
        fault: Its name.
        caught: Whether it was noticed; None: it does not apply to this model.
        by: ``verdict``, ``digest``, ``refused``, ``errors`` or ``limit``; None: by nothing.
        evidence: What there was to see.
    """

    fault: str
    caught: bool | None
    by: str | None
    evidence: str


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

    def to_json(self) -> dict[str, Any]:
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
    given = fit_to_model(load_samples(data), original.contract)
    kept = unseen(given, load_seen(original.path) | shipped.calibrated_on)
    samples = kept if len(kept) else given
    if len(samples) > MOST:
        samples = samples.take([int(place) for place in np.linspace(0, len(samples) - 1, MOST)])
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        answers = kept_answers(original, samples) or original_answers(original, samples, Path(scratch))
        check = Check(original, samples, answers, rule or ParityRecipe(), placement or Placement())
        return _Trials(check, shipped, Path(scratch)).run(progress)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What a run of all samples gave.

    Attributes:
        outputs: By the original's names, one row per sample.
        made: Of which all but the counts is filled in.
    """

    outputs: Batch
    made: Comparison


@dataclass(frozen=True)
class _Trials:
    check: Check
    artifact: Artifact
    scratch: Path

    def run(self, progress: Advance) -> SelfTest:
        clean = self._ask(self.artifact)
        assert clean is not None, "without a fault there is always an answer"
        found = self._judged(clean)
        if found.verdict == FAIL:
            raise DataError(f"{self.artifact.name} fails as it is, so faults in it show nothing: {found.message}")
        findings = []
        for done, fault in enumerate(FAULTS, 1):
            findings.append(self._tried(fault, clean))
            progress(done, len(FAULTS) + FAITHFUL, fault.name)
        alarms = 0
        for seed in range(FAITHFUL):
            alarms += self._seen(self._with_noise(clean, seed), clean) is not None
            progress(len(FAULTS) + seed + 1, len(FAULTS) + FAITHFUL, "faithful artifacts")
        stats = require("scipy.stats", asked="a verdict", extra="parity")
        return SelfTest(
            variant=self.artifact.name, samples=len(self.check.samples), findings=(*findings, *self._drops(clean)),
            faithful=FAITHFUL, alarms=alarms, allowed=int(stats.binom.isf(ALARM, FAITHFUL, ALARM)),
        )  # fmt: skip

    @property
    def contract(self) -> Contract:
        return self.check.model.contract

    @functools.cached_property
    def reference(self) -> dict[str, NDArray[Any]]:
        """The original's answers to all samples."""
        return self.check.answers.read(0, len(self.check.samples))

    def _ask(self, artifact: Artifact, fault: Fault | None = None) -> _Asked | None:
        """Run all samples, with a fault of what goes in; None if that changes nothing of them."""
        changed, count = fault is None, len(self.check.samples)
        with open_session(artifact, **asdict(self.check.placement)) as session:
            ours, theirs = self.contract, session.contract
            inputs = bind([spec.name for spec in ours.inputs], [spec.name for spec in theirs.inputs])
            outputs = bind([spec.name for spec in ours.outputs], [spec.name for spec in theirs.outputs])
            contract = fed(ours, theirs, inputs) if session.has_contract else ours
            found = []
            for start in range(0, count, CHUNK):
                right: Batch = self.check.samples.read(start, min(start + CHUNK, count), contract)
                read = right if fault is None else fault.make(contract, right)
                if read is None:
                    return None
                changed |= any(not np.array_equal(read[name], right[name]) for name in right)
                found.append(session.run_each(**{inputs[name]: value for name, value in read.items()}))
            if not changed:  # the colours of grey pictures have no order
                return None
            made = Comparison(
                runtime=session.runtime, delegation=session.delegation, fallback=session.fallback,
                differences=differences(ours, theirs, inputs, outputs) if session.has_contract else None,
            )  # fmt: skip
            joined = {o: np.concatenate([each[o] for each in found]) for o in outputs.values()}
            return _Asked(
                outputs={n: in_our_order(joined[o], ours.output(n), theirs.output(o)) for n, o in outputs.items()},
                made=made,
            )

    def _tried(self, fault: Fault, clean: _Asked) -> Finding:
        """Make a fault, and see whether it is caught."""
        try:
            asked = self._faulty(fault, clean)
        except EdgekitError as error:
            return Finding(fault=fault.name, caught=True, by="refused", evidence=str(error))
        if asked is None:
            return Finding(
                fault=fault.name, caught=None, by=None, evidence="it changes nothing of this model or these samples"
            )
        seen = self._seen(asked, clean)
        if fault.place == FILE and self.artifact.path != self.artifact.file:
            answers = (
                "by its answers alone it is not told from rounding" if seen is None else f"by its answers: {seen[1]}"
            )
            return Finding(fault=fault.name, caught=True, by="digest", evidence=f"{self._refusal()}; {answers}")
        if seen is None:
            return Finding(
                fault=fault.name, caught=False, by=None, evidence="nothing: the answers are as near as before"
            )
        return Finding(fault=fault.name, caught=True, by=seen[0], evidence=seen[1])

    def _refusal(self) -> str:
        """Return why an artifact is refused whose file has the fault that was made last."""
        folder = self.scratch / "artifact"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.artifact.path, folder)
        shutil.copy(self._file, folder / self.artifact.file.name)
        try:
            load_artifact(folder)
        except ArtifactError as error:
            return f"refused: {str(error).replace(f'{folder}/', '')}"
        raise AssertionError("a changed file was loaded")

    @property
    def _file(self) -> Path:
        return self.scratch / f"faulty{self.artifact.file.suffix}"

    def _faulty(self, fault: Fault, clean: _Asked) -> _Asked | None:
        if fault.place == INPUT:
            return self._ask(self.artifact, fault)
        if fault.place == FILE:
            content = fault.make(self.artifact.file.read_bytes())
            if content is None:
                return None
            self._file.write_bytes(content)
            return self._ask(replace(self.artifact, file=self._file))
        if fault.place == CONTRACT:
            contract = None if self.artifact.contract is None else fault.make(self.artifact.contract)
            return None if contract is None else self._ask(replace(self.artifact, contract=contract))
        outputs = fault.make(self.contract, clean.outputs)
        return None if outputs is None else replace(clean, outputs=outputs)

    def _judged(self, asked: _Asked) -> ParityReport:
        """Judge answers as parity does."""
        count = len(self.check.samples)
        tally = Tally(self.contract, self.check.samples, self.check.answers, self.check.measure)
        for start in range(0, count, CHUNK):
            tally.add(start, {name: values[start : start + CHUNK] for name, values in asked.outputs.items()})
        for name in ("runtime", "delegation", "fallback", "differences"):
            setattr(tally.made, name, getattr(asked.made, name))
        return self.check.judge().report(self.artifact, tally.made)

    def _seen(self, asked: _Asked, clean: _Asked) -> tuple[str, str] | None:
        """Return by what answers are taken for faulty, and what there is to see; None: they are not."""
        found = self._judged(asked)
        if found.verdict == FAIL:
            return "verdict", found.message
        for name, before in self._errors(clean).items():
            after = self._errors(asked)[name]
            worse, chance = farther(after, before)
            if chance < ALARM / len(asked.outputs):
                noise = [_decibels(self.reference[name], values) for values in (after, before)]
                return "errors", (
                    f"{name} is farther from the original on {worse} of {len(after)} samples (p = {chance:.1g}): SQNR "
                    f"{noise[0]}, without the fault {noise[1]}; verdict {found.verdict}"
                )
        return None

    def _errors(self, asked: _Asked) -> dict[str, NDArray[np.float64]]:
        """Return the root mean square of each sample's errors, by output; what rounding may do counts as nothing."""
        made = {}
        for name, wanted in self.reference.items():
            rows = [np.reshape(each, (len(each), -1)).astype(np.float64) for each in (asked.outputs[name], wanted)]
            error = np.sqrt(((rows[0] - rows[1]) ** 2).mean(1))
            made[name] = np.maximum(error, ROUNDING * float(np.abs(rows[1]).max(initial=0.0)))
        return made

    def _with_noise(self, clean: _Asked, seed: int) -> _Asked:
        """Return answers as other kernels round them."""
        rng = np.random.default_rng(seed)
        outputs = {
            name: values + (NOISE * float(np.abs(values).max(initial=0)) * rng.standard_normal(values.shape))
            if values.dtype.kind == "f"
            else values
            for name, values in clean.outputs.items()
        }
        return replace(clean, outputs=outputs)

    def _drops(self, clean: _Asked) -> list[Finding]:
        """Try a drop of the limit and a point, which must not pass, and one of a point less, which must not fail."""
        measure, labels = self.check.measure, self.check.samples.labels
        limit, made = self.check.rule.max_drop, []
        for points, forbidden in ((POINT, PASS), (-POINT, FAIL)):
            exact = (limit + points) * len(self.check.samples)
            count = math.ceil(exact - 1e-9) if points > 0 else math.floor(exact + 1e-9)
            name = f"drop: the limit {'plus' if points > 0 else 'minus'} a point"
            if measure is None or measure.metric != "accuracy" or labels is None or count < 0:
                made.append(Finding(fault=name, caught=None, by=None, evidence="it does not apply to this model"))
                continue
            output = measure.outputs[0]
            scores = with_drop(self.reference[output], np.asarray(labels), count)
            found = self._judged(replace(clean, outputs={**clean.outputs, output: scores}))
            made.append(Finding(fault=name, caught=found.verdict != forbidden, by="limit", evidence=found.message))
        return made


def farther(after: NDArray[np.float64], before: NDArray[np.float64]) -> tuple[int, float]:
    """Return on how many samples errors ``[n]`` grew, and the probability of as many by chance: a one-sided sign test.

    Errors that are alike by a factor of `ALIKE` count for neither side.
    """
    worse, better = int((after > ALIKE * before).sum()), int((before > ALIKE * after).sum())
    stats = require("scipy.stats", asked="a verdict", extra="parity")
    chance = stats.binomtest(worse, worse + better, alternative="greater").pvalue if worse + better else 1.0
    return worse, float(chance)


def _decibels(reference: NDArray[Any], errors: NDArray[np.float64]) -> str:
    found = decibel(float(np.mean(reference.astype(np.float64) ** 2)), float(np.mean(errors**2)))
    return "without noise" if found is None else f"{found:.1f} dB"
