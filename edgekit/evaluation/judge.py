"""Judgement: what a comparison showed becomes gates, a verdict with its reasons, and warnings about its worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgekit.contract.contract import Contract
from edgekit.data.samples import Samples
from edgekit.data.targets import APPLIES
from edgekit.documents.parity import ParityReport
from edgekit.evaluation.gates import (
    CONTRACT,
    DROPS,
    FINITE,
    INCONCLUSIVE,
    PASS,
    PROBABILITIES,
    Counts,
    Gate,
    agreement_gate,
    contract_gate,
    drop_gate,
    finite_gate,
    finite_or_none,
    increase_gate,
    labels_json,
    overall,
    probability_gate,
    similarity_json,
    task_json,
    values_json,
)
from edgekit.evaluation.intervals import wilson_interval
from edgekit.evaluation.metrics import Measure
from edgekit.evaluation.slices import slices_of
from edgekit.evaluation.tally import Comparison, Disagreement
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact
from edgekit.recipe.recipe import ParityRecipe

NOTHING_JUDGED = (
    "nothing to judge by: the model has no classes; name a metric (cosine, neighbours, psnr, ssim or sqnr) by --metric "
    "or under [parity], or give labels in the data"
)
OUTSIDE = 0.01
"""Share of values beyond what calibration saw from which on they are told."""
NARROW = 0.25
"""Share of the calibrated range that samples have to fill."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Knows what comparisons with one original are judged by.

    Attributes:
        contract: The original's.
        samples: What both were asked.
        measure: What is judged; None where neither the rule nor the model says what an answer is good for.
        rule: Limit and confidence.
        placement: What ran the artifacts.
        seen: Number of samples that trained the model or calibrated the artifact.
        all_seen: Whether these are all that there are, so that they judge all the same.
        unknown: Whether nobody knows which samples trained the model.
    """

    contract: Contract
    samples: Samples
    measure: Measure | None
    rule: ParityRecipe
    placement: Placement
    seen: int = 0
    all_seen: bool = False
    unknown: bool = False

    def report(self, artifact: Artifact, made: Comparison) -> ParityReport:
        """Turn what was counted into a verdict on an artifact."""
        judged, task = self._judged(made)
        sound = [finite_gate(made.not_finite, made.samples)]
        sound += [] if made.differences is None else [contract_gate(len(made.differences))]
        sound += [probability_gate(made.outside, made.samples)] if made.outside else []
        gates = [*sound, *judged]
        # That all is sound shows nothing of the answers; that something is not is enough.
        verdict = overall(gates if judged or overall(sound) != PASS else [])
        message = _message(verdict, gates, made) if judged or verdict != INCONCLUSIVE else NOTHING_JUDGED
        needed = [gate.needed_samples for gate in gates if gate.needed_samples is not None]
        return ParityReport.from_json(
            {
                "verdict": verdict,
                "message": message,
                "samples": made.samples,
                "needed_samples": max(needed, default=None),
                "left_out": 0 if self.all_seen else self.seen,
                "warnings": self._warnings(artifact, made, task),
                "variant": artifact.name,
                "runtime": made.runtime,
                "device": self.placement.device,
                "delegate": None if made.delegation is None else self.placement.delegate,
                "delegation": None if made.delegation is None else asdict(made.delegation),
                "outputs": {name: error.to_json() for name, error in made.errors.items()},
                "task": task,
                "gates": [gate.to_json() for gate in gates],
                "worst": [self._disagreement(entry) for entry in made.worst],
            },
        )

    def _judged(self, made: Comparison) -> tuple[list[Gate], dict[str, Any] | None]:
        """Return a gate for each output that is judged, and what the scores are; of several outputs, the worst's."""
        measure, rule = self.measure, self.rule
        if measure is None:
            return [], None
        if measure.counts:
            counts = self._counts(made)
            gate = drop_gate if counts.labelled else agreement_gate
            task = {**task_json(counts, measure.outputs[0], rule.confidence), **self._closer(made)}
            if made.label_counts is not None and self.samples.targets is not None:
                task |= labels_json(made.label_counts, self.samples.targets.names)
            return [gate(counts, max_drop=rule.max_drop, confidence=rule.confidence)], task
        if measure.metric == "nmae":
            errors = np.concatenate([made.value_errors[start] for start in sorted(made.value_errors)])
            task = values_json(errors, made.agree, measure.outputs[0], measure.tolerance, rule.confidence)
            return [increase_gate(errors, max_drop=rule.max_drop, confidence=rule.confidence)], task
        assert measure.threshold is not None, "similarity has a threshold"
        gates, tasks = [], []
        for name in measure.outputs:
            values = np.concatenate(made.similarities[name])
            task = similarity_json(measure.metric, name, measure.threshold, values, rule.confidence)
            counts = Counts(samples=made.samples, agree=int((values >= measure.threshold).sum()), labelled=False)
            title = _title(measure, name)
            gates.append(agreement_gate(counts, max_drop=rule.max_drop, confidence=rule.confidence, name=title))
            tasks.append(task)
        return gates, min(tasks, key=lambda each: float(each["agreement"]))

    def _closer(self, made: Comparison) -> dict[str, Any]:
        """Return what a look at parts of the samples, and at the scores, shows besides."""
        if not made.outcomes:
            return {"slices": [], "slice_confidence": None, "calibration_error": None}
        found, confidence = slices_of(self.samples, made.outcome(), self.contract, self.rule.confidence)
        errors = [side.error() for side in made.confidences]
        return {
            "slices": [each.to_json() for each in found],
            "slice_confidence": confidence,
            "calibration_error": None if None in errors else {"reference": errors[0], "candidate": errors[1]},
        }

    def _counts(self, made: Comparison) -> Counts:
        metric = "agreement" if self.measure is None else self.measure.metric
        return Counts(
            samples=made.samples, agree=made.agree, both=made.both, lost=made.lost, won=made.won, metric=metric,
            labelled=metric in DROPS,
        )  # fmt: skip

    def _warnings(self, artifact: Artifact, made: Comparison, task: Mapping[str, Any] | None) -> list[str]:
        """Say what makes a verdict worth less than it looks."""
        found = []
        if self.all_seen:
            found.append(
                f"all {self.seen} samples trained the model or calibrated the artifact, so the scores are too good: "
                f"give others that were held out"
            )
        elif self.seen:
            found.append(f"{self.seen} samples were left out: they trained the model or calibrated the artifact")
        if self.unknown:
            found.append("which samples trained the model is not known, and some may judge: give held-out ones")
        if made.fallback is not None:
            found.append(f"the CPU answered, not the delegate: {made.fallback}")
        found += self._unlike_calibration(artifact, made)
        found += self._guessing(made)
        found += self._bad_slices(task)
        judged = () if self.measure is None else self.measure.outputs
        others = [spec.name for spec in self.contract.outputs if spec.name not in judged]
        if judged and others:
            found.append(f"not judged, only measured: {', '.join(others)}; metric 'sqnr' judges all outputs")
        return found

    @staticmethod
    def _unlike_calibration(artifact: Artifact, made: Comparison) -> list[str]:
        """Say if the samples that calibrated do not look like those that judge."""
        found = []
        for name, use in made.inputs.items():
            low, high = artifact.calibrated_range[name]
            share = use.outside / use.values if use.values else 0.0
            span, used = max(high, 0.0) - min(low, 0.0), max(use.high, 0.0) - min(use.low, 0.0)
            seen = f"the values of {name!r} that calibration saw, {low:.3g} to {high:.3g}"
            if share > OUTSIDE:
                found.append(
                    f"{share:.1%} of the values lie outside {seen}: calibrate with samples like those that judge"
                )
            elif use.values and used < NARROW * span:
                found.append(
                    f"the samples fill {used / span:.0%} of the range of {seen}: int8 steps are too coarse for them; "
                    f"calibrate with samples like those that judge"
                )
        return found

    def _bad_slices(self, task: Mapping[str, Any] | None) -> list[str]:
        """Say which parts of the samples lose more than the limit, whatever the whole does."""
        what = DROPS.get((task or {}).get("metric", ""))
        return [
            f"{each['by']} {each['value']}: {what} {each['drop']:+.3f}, interval "
            f"[{each['drop_interval'][0]:+.3f}, {each['drop_interval'][1]:+.3f}], {each['samples']} samples: beyond "
            f"the limit of {self.rule.max_drop:g}"
            for each in (task or {}).get("slices", [])
            if each["drop_interval"][0] > self.rule.max_drop
        ]

    def _guessing(self, made: Comparison) -> list[str]:
        """Say if the original may be no better than chance."""
        output = self.contract.classifier
        classes = None if output is None else output.shape[-1]
        if not classes or self.measure is None or self.measure.metric != "accuracy":
            return []
        right = made.both + made.lost
        low, _ = wilson_interval(right, made.samples, self.rule.confidence)
        if low > 1 / classes:
            return []
        return [
            f"the original itself is right on {right} of {made.samples} samples, which may be guessing: "
            f"check the range of its inputs, the order of its labels, and its training"
        ]

    def _disagreement(self, entry: Disagreement) -> dict[str, Any]:
        said, told = self._answer_of, self.samples
        truth = None
        if told.labels is not None:
            truth = _class_name(self._labels(), told.labels[entry.index])
        elif told.targets is not None:
            truth = said(told.targets.rows[entry.index])["label"]
        preview = told.preview(entry.index, self.contract)
        return {
            "sample": told.names[entry.index],
            "label": truth,
            "reference": said(entry.reference),
            "candidate": said(entry.candidate, similarity=entry.similarity),
            "distance": entry.distance,
            "changed": entry.flipped,
            **preview._asdict(),
        }

    def _labels(self) -> tuple[str, ...] | None:
        if self.samples.classes is not None or self.contract.classifier is None:
            return self.samples.classes
        return self.contract.classifier.labels

    def _answer_of(self, scores: tuple[float, ...] | None, *, similarity: float | None = None) -> dict[str, Any]:
        """Return an answer in words, with its score: a class, labels, or values; else how alike it is."""
        if scores is None:
            return {"label": None, "score": None if similarity is None else finite_or_none(similarity)}
        targets = self.samples.targets
        if self.measure is not None and self.measure.multilabel:
            names = self._label_names(len(scores))
            return {
                "label": ", ".join(n for n, s in zip(names, scores, strict=True) if s >= APPLIES) or "none",
                "score": None,
            }
        if self.measure is not None and self.measure.metric == "nmae" and targets is not None:
            named = zip(targets.names, scores, strict=True)
            return {"label": ", ".join(f"{name} {value:.4g}" for name, value in named), "score": None}
        best = max(range(len(scores)), key=scores.__getitem__)
        return {"label": _class_name(self._labels(), best), "score": scores[best]}

    def _label_names(self, count: int) -> tuple[str, ...]:
        if self.samples.targets is not None:
            return self.samples.targets.names
        output = self.contract.multilabel
        known = None if output is None else output.labels
        return known or tuple(f"label {place}" for place in range(count))


def _class_name(labels: tuple[str, ...] | None, index: int) -> str:
    return labels[index] if labels is not None else f"class {index}"


def _title(measure: Measure, output: str) -> str:
    """Return what a gate of similarity is called."""
    which = "" if len(measure.outputs) == 1 else f" of {output}"
    if measure.metric == "neighbours":
        return f"same nearest neighbour{which}"
    metric = measure.metric if measure.metric == "cosine" else measure.metric.upper()
    unit = " dB" if measure.metric in ("psnr", "sqnr") else ""
    return f"{metric}{which} at least {measure.threshold:g}{unit}"


def _message(verdict: str, gates: list[Gate], made: Comparison) -> str:
    """Say in one sentence what the verdict rests on."""
    samples = made.samples
    bad = next((gate for gate in gates if gate.verdict == verdict and verdict != PASS), None)
    gate = bad or gates[-1]
    if gate.name == CONTRACT:
        return f"the artifact is fed or read otherwise than the original: {'; '.join(made.differences or [])}"
    if gate.name == FINITE:
        return f"NaN or infinite values in the outputs of {round(gate.value * samples)} of {samples} samples"
    if gate.name == PROBABILITIES:
        return (
            f"scores that are no probabilities in {round(gate.value * samples)} of {samples} samples, where the "
            f"original gives some: a softmax or sigmoid is left out"
        )
    low, high = gate.interval
    if gate.name in DROPS.values():
        text = f"{gate.name} {gate.value:+.3f}, interval [{low:+.3f}, {high:+.3f}], limit {gate.limit:g}"
    else:
        text = f"{gate.name}: {gate.value:.3f} of answers, interval [{low:.3f}, {high:.3f}], limit {gate.limit:g}"
    text += f", {samples} samples"
    if verdict == INCONCLUSIVE:
        text += f"; about {gate.needed_samples} samples in all would decide" if gate.needed_samples else (
            "; no number of samples would decide at these rates"
        )  # fmt: skip
    return text
