"""Parity: does what ships still answer like the original? A report with numbers, intervals and a verdict."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgekit.answers import Answers, kept_answers, original_answers
from edgekit.artifacts import Artifact, load_artifact
from edgekit.comparison import Comparison, Shard, compare, shards
from edgekit.console import Advance, silent
from edgekit.data import DataLike, fit_to_model, load_samples
from edgekit.errors import DataError, EdgekitError, MissingExtraError
from edgekit.frameworks import installed_version
from edgekit.intervals import require_statistics, wilson_interval
from edgekit.models import TunedModel, load_model
from edgekit.recipe import ParityRecipe
from edgekit.samples import Samples
from edgekit.seen import load_seen, unseen
from edgekit.verdicts import (
    INCONCLUSIVE,
    PASS,
    Counts,
    Gate,
    agreement_gate,
    drop_gate,
    finite_gate,
    overall,
    sqnr_gate,
    task_json,
)
from edgekit.workers import ChildExecutor, cores


@dataclass(frozen=True, kw_only=True)
class ParityReport:
    """Original against artifact: ``verdict`` is ``pass``, ``fail`` or ``inconclusive``, ``value`` its JSON.

    Attributes:
        verdict: The worst of the gates' verdicts.
        message: The verdict in one sentence.
        value: Everything, as ``edgekit parity --json`` prints it.
    """

    verdict: str
    message: str
    value: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return self.value


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where an artifact runs: runtime (None: the preferred one), delegate (None: the CPU), threads per process."""

    runtime: str | None = None
    delegate: str | None = None
    threads: int = 1
    device: str = "host"


def parity(
    model: TunedModel | str | Path,
    artifact: Artifact | str | Path,
    *,
    data: DataLike,
    rule: ParityRecipe | None = None,
    where: Where | None = None,
    min_sqnr: float | None = None,
    names: Mapping[str, str] | None = None,
    progress: Advance = silent,
) -> ParityReport:
    """Compare an artifact with its original on the same raw samples.

    Args:
        model: The original.
        artifact: What ships.
        data: Raw samples; labelled ones give a task score. Those that trained the model or calibrated the artifact
            are left out, as far as files and texts tell; if none is left, all judge, and a warning says so.
        rule: Limit and confidence.
        where: What runs the artifact.
        min_sqnr: For models without classes, the SQNR in dB that the worst output has to reach.
        names: What inputs and outputs of the original are called in the artifact, where that differs.
        progress: Called as shards of samples are done.

    Raises:
        DataError: Samples, original and artifact do not fit together.
        SessionError: A runtime refused or failed.
    """
    require_statistics()
    original = model if isinstance(model, TunedModel) else load_model(model)
    shipped = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    given = fit_to_model(load_samples(data), original.contract)
    kept = unseen(given, load_seen(original.path) | shipped.calibrated_on)
    samples = kept if len(kept) else given
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        answers = kept_answers(original, samples)
        if answers is None:
            _require_original()
            answers = original_answers(original, samples, Path(scratch))
        check = Check(
            original, samples, answers, rule or ParityRecipe(), where or Where(), min_sqnr, names or {},
            seen=len(given) - len(kept), all_seen=not len(kept),
        )  # fmt: skip
        with ChildExecutor(fresh=True) as executor:
            return check.collect(shipped, check.start(shipped, executor, cores()), progress)


def _require_original() -> None:
    if installed_version("tensorflow") is None:
        raise MissingExtraError(
            "asking the original about other samples than its run did", missing="tensorflow", extra="convert"
        )


@dataclass(frozen=True)
class Check:
    """Everything that comparing artifacts with one original needs; the original's answers are shared by all."""

    model: TunedModel
    samples: Samples
    answers: Answers
    rule: ParityRecipe
    where: Where
    min_sqnr: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    seen: int = 0
    all_seen: bool = False

    def start(self, artifact: Artifact, executor: Executor, workers: int) -> list[Future[Comparison]]:
        """Begin to compare an artifact, in as many processes as there are workers."""
        return [
            executor.submit(
                compare,
                Shard(
                    artifact=artifact,
                    contract=self.model.contract,
                    samples=self.samples,
                    answers=self.answers,
                    start=start,
                    stop=stop,
                    runtime=self.where.runtime,
                    delegate=self.where.delegate,
                    threads=self.where.threads,
                    names=self.names,
                ),
            )
            for start, stop in shards(len(self.samples), workers)
        ]

    def collect(
        self, artifact: Artifact, futures: list[Future[Comparison]], progress: Advance = silent
    ) -> ParityReport:
        """Wait for the comparison of an artifact and judge it."""
        made = Comparison()
        for future in futures:
            with _named(artifact):
                made.merge(future.result())
            progress(made.samples, len(self.samples), artifact.name)
        return self.judge(artifact, made)

    def judge(self, artifact: Artifact, made: Comparison) -> ParityReport:
        """Turn what was counted into a verdict."""
        counts = self._counts(made)
        gates = [finite_gate(made.not_finite, made.samples)]
        if counts is not None:
            gate = drop_gate if counts.labelled else agreement_gate
            gates.append(gate(counts, max_drop=self.rule.max_drop, confidence=self.rule.confidence))
        if self.min_sqnr is not None:
            gates.append(sqnr_gate(_worst_sqnr(made), limit=self.min_sqnr))
        judged = gates if len(gates) > 1 or gates[0].verdict != PASS else []
        verdict = overall(judged)
        message = _message(verdict, gates, made.samples)
        needed = [gate.needed_samples for gate in gates if gate.needed_samples is not None]
        return ParityReport(
            verdict=verdict,
            message=message,
            value={
                "verdict": verdict,
                "message": message,
                "samples": made.samples,
                "needed_samples": max(needed, default=None),
                "left_out": 0 if self.all_seen else self.seen,
                "warnings": self._warnings(counts),
                "variant": artifact.name,
                "runtime": made.runtime,
                "device": self.where.device,
                "delegate": self.where.delegate,
                "outputs": {name: error.to_json() for name, error in made.errors.items()},
                "task": None if counts is None else task_json(counts, self.rule.confidence),
                "gates": [gate.to_json() for gate in gates],
                "worst": [self._disagreement(entry) for entry in made.worst],
            },
        )

    def _counts(self, made: Comparison) -> Counts | None:
        from edgekit.comparison import class_output

        if class_output(self.model.contract, self.samples) is None:
            return None
        return Counts(
            samples=made.samples,
            agree=made.agree,
            both=made.both,
            lost=made.lost,
            won=made.won,
            labelled=self.samples.labels is not None,
        )

    def _warnings(self, counts: Counts | None) -> list[str]:
        """Say what makes a verdict worth less than it looks."""
        found = []
        if self.all_seen:
            found.append(
                f"all {self.seen} samples trained the model or calibrated the artifact, so the scores are too good: "
                f"give others that were held out"
            )
        elif self.seen:
            found.append(f"{self.seen} samples were left out: they trained the model or calibrated the artifact")
        output = self.model.contract.classifier
        classes = None if output is None else output.shape[-1]
        if counts is not None and counts.labelled and classes:
            right = counts.both + counts.lost
            low, _ = wilson_interval(right, counts.samples, self.rule.confidence)
            if low <= 1 / classes:
                found.append(
                    f"the original itself is right on {right} of {counts.samples} samples, which may be guessing: "
                    f"check the range of its inputs, the order of its labels, and its training"
                )
        return found

    def _disagreement(self, entry: Any) -> dict[str, Any]:
        labels = self.samples.classes
        if labels is None and self.model.contract.classifier is not None:
            labels = self.model.contract.classifier.labels
        truth = self.samples.labels
        return {
            "sample": self.samples.names[entry.index],
            "label": None if truth is None else _class_name(labels, truth[entry.index]),
            "reference": _answer(entry.reference, labels),
            "candidate": _answer(entry.candidate, labels),
            "distance": entry.distance,
            "picture": self.samples.picture(entry.index),
            "text": None,
        }


def _class_name(labels: tuple[str, ...] | None, index: int) -> str:
    return labels[index] if labels is not None else f"class {index}"


def _answer(scores: tuple[float, ...] | None, labels: tuple[str, ...] | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    best = max(range(len(scores)), key=scores.__getitem__)
    return {"label": _class_name(labels, best), "score": scores[best]}


def _worst_sqnr(made: Comparison) -> float | None:
    found = [error.to_json()["sqnr_db"] for error in made.errors.values()]
    return min((value for value in found if value is not None), default=None)


def _message(verdict: str, gates: list[Gate], samples: int) -> str:
    """Say in one sentence what the verdict rests on."""
    bad = next((gate for gate in gates if gate.verdict == verdict and verdict != PASS), None)
    if len(gates) == 1 and verdict == INCONCLUSIVE:
        return (
            "nothing to judge by: the model has no classes; give a limit for its error by --min-sqnr DB, "
            "or labels in the data"
        )
    gate = bad or gates[-1]
    if gate.name == "finite outputs":
        return f"NaN or infinite values in the outputs of {round(gate.value * samples)} of {samples} samples"
    low, high = gate.interval
    if gate.name == "SQNR":
        return f"the worst output has an SQNR of {gate.value:.1f} dB, the limit is {gate.limit:g} dB"
    text = f"{gate.name} {gate.value:+.3f}, interval [{low:+.3f}, {high:+.3f}], limit {gate.limit:g}, {samples} samples"
    if verdict == INCONCLUSIVE:
        text += f"; about {gate.needed_samples} samples in all would decide" if gate.needed_samples else (
            "; no number of samples would decide at these rates"
        )  # fmt: skip
    return text


@contextlib.contextmanager
def _named(artifact: Artifact) -> Iterator[None]:
    """Say of which artifact an error is."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{artifact.name}: {error}") from error
    except EdgekitError as error:
        error.args = (f"{artifact.name}: {error}",)
        raise
