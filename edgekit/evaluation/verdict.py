"""Judgement: what a comparison showed becomes gates, a verdict with its reasons, and warnings about its worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edgekit.adapters.metric import Gate, Measure, Question, Ruling, finite_or_none, similarity_metrics
from edgekit.adapters.task import all_tasks, load_task
from edgekit.documents.document import Verdict
from edgekit.documents.parity import Answer, ParityReport, WorstSample
from edgekit.evaluation.caveats import Leakage, calibration_warnings, unjudged_warnings
from edgekit.evaluation.disagreement import Disagreement
from edgekit.evaluation.gates import INCONCLUSIVE, PASS, contract_gate, finite_gate, overall, probability_gate
from edgekit.evaluation.tally import Comparison
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Knows what comparisons with one original are judged by.

    Attributes:
        question: The original's contract and answers, the samples that both were asked, and the rule.
        measure: What is judged; None where neither the rule nor the model says what an answer is good for.
        placement: What ran the artifacts.
        leakage: Samples that the model knows already.
        remarks: What the choice of the two models makes a verdict worth.
    """

    question: Question
    measure: Measure | None
    placement: Placement
    leakage: Leakage = field(default_factory=Leakage)
    remarks: tuple[str, ...] = ()

    def report(self, artifact: Artifact, comparison: Comparison) -> ParityReport:
        """Turn what was counted into a verdict on an artifact."""
        ruling, faults = self._ruling(comparison), fault_gates(comparison)
        judged = [] if ruling is None else ruling.gates
        gates = [*faults, *judged]
        # That all is sound shows nothing of the answers; that something is not is enough.
        verdict = overall(gates if judged or overall(faults) != PASS else [])
        needed = [gate.needed_samples for gate in gates if gate.needed_samples is not None]
        execution = comparison.execution
        return ParityReport(
            verdict=verdict,
            message=verdict_message(verdict, gates) if judged or verdict != INCONCLUSIVE else nothing_judged(),
            samples=comparison.samples,
            needed_samples=max(needed, default=None),
            left_out=self.leakage.left_out,
            warnings=tuple(self._warnings(artifact, comparison, ruling)),
            variant=artifact.name,
            runtime=execution.runtime,
            device=self.placement.device,
            delegate=None if execution.delegation is None else self.placement.delegate,
            delegation=execution.delegation,
            outputs={name: error.to_report() for name, error in comparison.errors.items()},
            task=None if ruling is None else ruling.scores,
            gates=tuple(gate.to_report() for gate in gates),
            worst=tuple(self._worst_sample(disagreement) for disagreement in comparison.worst),
        )

    def _ruling(self, comparison: Comparison) -> Ruling | None:
        if self.measure is None:
            return None
        return self.measure.ruling(comparison.evidence, self.question)

    def _warnings(self, artifact: Artifact, comparison: Comparison, ruling: Ruling | None) -> list[str]:
        """Say what makes a verdict worth less than it looks."""
        warnings = [*self.leakage.warnings(), *self.remarks, *comparison.execution.bridges]
        if comparison.execution.fallback is not None:
            warnings.append(f"the CPU answered, not the delegate: {comparison.execution.fallback}")
        warnings += calibration_warnings(comparison.inputs, artifact.calibrated_range)
        warnings += [] if ruling is None else ruling.warnings
        return warnings + unjudged_warnings(self.measure, self.question.contract)

    def _worst_sample(self, disagreement: Disagreement) -> WorstSample:
        samples, index = self.question.samples, disagreement.index
        preview = samples.preview(index, self.question.contract)
        return WorstSample(
            sample=samples.names[index],
            label=self._truth(index),
            reference=self._answer(disagreement.reference),
            candidate=self._answer(disagreement.candidate, similarity=disagreement.similarity),
            distance=disagreement.distance,
            changed=disagreement.changed,
            picture=preview.picture,
            text=preview.text,
            sound=preview.sound,
        )

    def _truth(self, index: int) -> str | None:
        """Return what is right for a sample, in the words of the task that its data has the truth of."""
        samples, contract = self.question.samples, self.question.contract
        truths = (task.truth_words(samples, index, contract) for task in all_tasks().values())
        return next((truth for truth in truths if truth is not None), None)

    def _answer(self, scores: tuple[float, ...] | None, *, similarity: float | None = None) -> Answer:
        """Return an answer in words, with its score; where it has no words, how alike it is."""
        if scores is None or self.measure is None or self.measure.task is None:
            return Answer(label=None, score=None if similarity is None else finite_or_none(similarity))
        words = load_task(self.measure.task).words(scores, self.question.contract, self.question.samples)
        return Answer(label=words.label, score=words.score)


def fault_gates(comparison: Comparison) -> list[Gate]:
    """Return the gates of what must not be at all, whatever the answers are for."""
    gates = [finite_gate(comparison.not_finite, comparison.samples)]
    if comparison.execution.differences is not None:
        gates.append(contract_gate(comparison.execution.differences))
    if comparison.outside:
        gates.append(probability_gate(comparison.outside, comparison.samples))
    return gates


def verdict_message(verdict: Verdict, gates: Sequence[Gate]) -> str:
    """Say in one sentence what a verdict rests on: the first gate that has it, or of those that pass the last."""
    if verdict == PASS:
        return gates[-1].message
    return next(gate.message for gate in gates if gate.verdict == verdict)


def nothing_judged() -> str:
    """Say why there is no verdict."""
    *names, last = similarity_metrics()
    return (
        f"nothing to judge by: the model has no classes; name a metric ({', '.join(names)} or {last}), or give labels "
        f"in the data"
    )
