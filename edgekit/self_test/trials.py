"""Trials: an artifact with a fault, asked and judged as parity does, and what there is to see of the fault."""

from __future__ import annotations

import functools
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from edgekit.adapters.metric import load_metric
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.documents.parity import ParityReport
from edgekit.errors import ArtifactError, EdgekitError
from edgekit.evaluation.comparison import CHUNK, compare_answers, pair
from edgekit.evaluation.gates import FAIL, PASS
from edgekit.evaluation.output_error import decibel
from edgekit.evaluation.parity import Check
from edgekit.evaluation.tally import Execution
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.self_test.faults import CONTRACT, FILE, INPUT, Fault
from edgekit.self_test.output_faults import with_drop
from edgekit.self_test.sign_test import ALARM, farther

ROUNDING = 1e-4
"""Share of an output's largest value below which errors are not told apart."""
NOISE = 1e-5
"""Deviation of the noise in faithful artifacts, as a share of an output's largest value."""
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
class Answers:
    """What a run of all samples gave.

    Attributes:
        outputs: By the original's names, one row per sample.
        execution: How they came about.
    """

    outputs: Batch
    execution: Execution


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """By what answers are taken for faulty.

    Attributes:
        by: ``verdict`` or ``errors``.
        evidence: What there is to see.
    """

    by: str
    evidence: str


@dataclass(frozen=True)
class Trials:
    """What tries faults in an artifact.

    Attributes:
        check: What parity of it needs.
        artifact: The artifact, which is faithful.
        scratch: Folder for files with faults.
    """

    check: Check
    artifact: Artifact
    scratch: Path

    @property
    def contract(self) -> Contract:
        """The original's."""
        return self.check.model.contract

    @functools.cached_property
    def reference(self) -> Batch:
        """The original's answers to all samples."""
        return self.check.answers.read(0, len(self.check.samples))

    def ask(self, artifact: Artifact, fault: Fault | None = None) -> Answers | None:
        """Run all samples, with a fault of what goes in; None if that changes nothing of them."""
        changed, samples = fault is None, self.check.samples
        with open_session(artifact, **structs.asdict(self.check.placement)) as session:
            pairing = pair(self.contract, session, self.check.names)
            batches = []
            for start in range(0, len(samples), CHUNK):
                clean = samples.read(start, min(start + CHUNK, len(samples)), pairing.feeding)
                faulty = clean if fault is None else fault.make(pairing.feeding, clean)
                if faulty is None:
                    return None
                changed |= any(not np.array_equal(faulty[name], clean[name]) for name in clean)
                batches.append(pairing.ours(session.run_each(**pairing.theirs(faulty))))
        if not changed:  # the colours of grey pictures have no order
            return None
        return Answers(outputs=_joined(batches), execution=pairing.execution)

    def judged(self, answers: Answers) -> ParityReport:
        """Judge answers as parity does."""
        shard = self.check.shard(self.artifact, 0, len(self.check.samples))
        comparison = compare_answers(shard, answers.outputs, answers.execution)
        return self.check.judge().report(self.artifact, comparison)

    def tried(self, fault: Fault, clean: Answers) -> Finding:
        """Make a fault, and see whether it is caught."""
        try:
            faulty = self._faulty(fault, clean)
        except EdgekitError as error:
            return Finding(fault=fault.name, caught=True, by="refused", evidence=str(error))
        if faulty is None:
            nothing = "it changes nothing of this model or these samples"
            return Finding(fault=fault.name, caught=None, by=None, evidence=nothing)
        alarm = self.alarm(faulty, clean)
        if fault.target == FILE and self.artifact.path != self.artifact.file:
            by_answers = "by its answers alone it is not told from rounding"
            if alarm is not None:
                by_answers = f"by its answers: {alarm.evidence}"
            return Finding(fault=fault.name, caught=True, by="digest", evidence=f"{self._refusal()}; {by_answers}")
        if alarm is None:
            nothing = "nothing: the answers are as near as before"
            return Finding(fault=fault.name, caught=False, by=None, evidence=nothing)
        return Finding(fault=fault.name, caught=True, by=alarm.by, evidence=alarm.evidence)

    def _faulty(self, fault: Fault, clean: Answers) -> Answers | None:
        """Return the answers with a fault; None: it does not apply."""
        if fault.target == INPUT:
            return self.ask(self.artifact, fault)
        if fault.target == FILE:
            content = fault.make(self.artifact.file.read_bytes())
            if content is None:
                return None
            self._file.write_bytes(content)
            return self.ask(structs.replace(self.artifact, file=self._file))
        if fault.target == CONTRACT:
            contract = None if self.artifact.contract is None else fault.make(self.artifact.contract)
            return None if contract is None else self.ask(structs.replace(self.artifact, contract=contract))
        outputs = fault.make(self.contract, clean.outputs)
        return None if outputs is None else replace(clean, outputs=outputs)

    @property
    def _file(self) -> Path:
        """The model file with the fault that was made last."""
        return self.scratch / f"faulty{self.artifact.file.suffix}"

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

    def alarm(self, faulty: Answers, clean: Answers) -> Alarm | None:
        """Return by what answers are taken for faulty; None: they are not."""
        report = self.judged(faulty)
        if report.verdict == FAIL:
            return Alarm(by="verdict", evidence=report.message)
        errors = self._errors(faulty)
        for name, before in self._errors(clean).items():
            after = errors[name]
            worse, chance = farther(after, before)
            # Each output is a test of its own, and all of them together ring as seldom as one (Bonferroni).
            if chance < ALARM / len(faulty.outputs):
                noise = [_decibels(self.reference[name], values) for values in (after, before)]
                return Alarm(
                    by="errors",
                    evidence=f"{name} is farther from the original on {worse} of {len(after)} samples "
                    f"(p = {chance:.1g}): SQNR {noise[0]}, without the fault {noise[1]}; verdict {report.verdict}",
                )
        return None

    def _errors(self, answers: Answers) -> dict[str, NDArray[np.float64]]:
        """Return the root mean square of each sample's errors, by output; what rounding may do counts as nothing."""
        errors = {}
        for name, expected in self.reference.items():
            reference = np.reshape(expected, (len(expected), -1)).astype(np.float64)
            candidate = np.reshape(answers.outputs[name], (len(expected), -1)).astype(np.float64)
            error = np.sqrt(((candidate - reference) ** 2).mean(1))
            errors[name] = np.maximum(error, ROUNDING * float(np.abs(reference).max(initial=0.0)))
        return errors

    def with_noise(self, clean: Answers, seed: int) -> Answers:
        """Return answers as other kernels round them."""
        rng = np.random.default_rng(seed)
        outputs = {}
        for name, values in clean.outputs.items():
            outputs[name] = values
            if values.dtype.kind == "f":
                deviation = NOISE * float(np.abs(values).max(initial=0))
                outputs[name] = values + deviation * rng.standard_normal(values.shape)
        return replace(clean, outputs=outputs)

    def drops(self, clean: Answers) -> list[Finding]:
        """Try a drop of the limit and a point, which must not pass, and one of a point less, which must not fail."""
        over = self._drop(clean, "drop: the limit plus a point", POINT, forbidden=PASS)
        under = self._drop(clean, "drop: the limit minus a point", -POINT, forbidden=FAIL)
        return [over, under]

    def _drop(self, clean: Answers, name: str, points: float, *, forbidden: str) -> Finding:
        measure, labels = self.check.measure, self.check.samples.labels
        exact = (self.check.rule.max_drop + points) * len(self.check.samples)
        # Away from the limit, whatever the rounding of the product.
        count = math.ceil(exact - 1e-9) if points > 0 else math.floor(exact + 1e-9)
        scored = measure is not None and load_metric(measure.metric).NOTATION.drop is not None
        if measure is None or not scored or labels is None or count < 0:
            return Finding(fault=name, caught=None, by=None, evidence="it does not apply to this model")
        (output,) = measure.outputs
        scores = with_drop(self.reference[output], np.asarray(labels), count)
        report = self.judged(replace(clean, outputs={**clean.outputs, output: scores}))
        return Finding(fault=name, caught=report.verdict != forbidden, by="limit", evidence=report.message)


def _joined(batches: Sequence[Batch]) -> Batch:
    """Return the outputs of all batches, one row per sample."""
    joined = {}
    for name in batches[0]:
        joined[name] = np.concatenate([batch[name] for batch in batches])
    return joined


def _decibels(reference: NDArray[Any], errors: NDArray[np.float64]) -> str:
    ratio = decibel(float(np.mean(reference.astype(np.float64) ** 2)), float(np.mean(errors**2)))
    return "without noise" if ratio is None else f"{ratio:.1f} dB"
